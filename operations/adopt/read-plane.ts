import * as k8s from "@kubernetes/client-node";
import { CommandError } from "../cli/exit-codes";
import { get, getText } from "../report/change";
import { findLoadBalancer } from "./find-load-balancer";
import { teleportReleases } from "./helm-releases";
import type { ExistingPlane } from "./implied-settings";

/** Where to look. */
export interface PlaneQuery {
  config: k8s.KubeConfig;
  /** Name of the context, to be written down. */
  context?: string;
  namespace: string;
  /** AWS, where the load balancer is; nothing of AWS is asked without. */
  aws?: { region: string; endpoint?: string };
}

async function listed(
  custom: k8s.CustomObjectsApi,
  namespace: string,
  kind: [string, string, string],
) {
  const [group, version, plural] = kind;
  try {
    const list = (await custom.listNamespacedCustomObject({
      group,
      version,
      plural,
      namespace,
    })) as { items: unknown[] };
    return list.items;
  } catch (error) {
    if (error instanceof k8s.ApiException && error.code === 404) return [];
    throw error;
  }
}

/** What an existing plane is made of. Reads only. Throws when there is no Teleport release. */
export async function readPlane(query: PlaneQuery): Promise<ExistingPlane> {
  const { config, namespace } = query;
  const core = config.makeApiClient(k8s.CoreV1Api);
  const custom = config.makeApiClient(k8s.CustomObjectsApi);
  const releases = await teleportReleases(core, namespace);
  const clusters = releases.filter(({ chart }) => chart === "teleport-cluster");
  const [cluster] = clusters;
  if (cluster === undefined || clusters.length > 1) {
    throw new CommandError(
      "PREFLIGHT",
      cluster === undefined
        ? `there is no Helm release of teleport-cluster in namespace ${namespace}: name another with ` +
            "--namespace; where Argo CD rendered the chart, see docs/adoption.md."
        : `namespace ${namespace} has ${clusters.length} releases of teleport-cluster; a plane has one.`,
    );
  }
  const services = await core.listNamespacedService({ namespace });
  const ports = services.items.find(({ metadata }) => metadata?.name === cluster.name)?.spec?.ports;
  const nodePort = ports?.find(({ port }) => port === 443)?.nodePort;
  const certificates = await listed(custom, namespace, ["cert-manager.io", "v1", "certificates"]);
  const tls = getText(cluster.values, "tls", "existingSecretName");
  const certificate = certificates.find((object) => getText(object, "spec", "secretName") === tls);
  const vault = "secrets.hashicorp.com";
  const vaultSecrets = [
    ...(await listed(custom, namespace, [vault, "v1beta1", "vaultstaticsecrets"])),
    ...(await listed(custom, namespace, [vault, "v1beta1", "vaultdynamicsecrets"])),
  ];
  const loadBalancer =
    query.aws === undefined || nodePort === undefined
      ? undefined
      : await findLoadBalancer(query.aws, getText(cluster.values, "clusterName"), nodePort);
  return {
    namespace,
    context: query.context,
    cluster,
    agents: releases.filter(({ chart }) => chart === "teleport-kube-agent"),
    nodePort,
    certificate: get(certificate, "spec"),
    vaultSecrets,
    region: query.aws?.region,
    loadBalancer,
  };
}
