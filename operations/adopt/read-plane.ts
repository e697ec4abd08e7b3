import type * as k8s from "@kubernetes/client-node";
import { CLUSTER_RELEASE } from "../../teleport/names";
import { TELEPORT_GROUP } from "../../teleport/resources/kinds";
import type { AwsAccount } from "../base/aws-config";
import { CommandError } from "../base/exit-codes";
import type { KubeReader } from "../clients/kubernetes";
import { findLoadBalancer } from "./find-load-balancer";
import { teleportReleases } from "./helm-releases";
import { planeObjects } from "./plane-objects";
import { getText } from "../../teleport/values";
import type { ExistingPlane } from "./existing-plane";

interface PlaneQuery {
  kubernetes: KubeReader;
  /** Name of the kubeconfig context, for the settings. */
  context?: string;
  namespace: string;
  /** Account of the load balancer. Without it, AWS is not called. */
  aws?: AwsAccount;
}

/** Reads an existing plane and changes nothing. Throws if there is no Teleport release. */
export async function readPlane(query: PlaneQuery): Promise<ExistingPlane> {
  const { kubernetes, namespace } = query;
  const releases = await teleportReleases(kubernetes, namespace);
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
  if (cluster.name !== CLUSTER_RELEASE) {
    throw new CommandError(
      "PREFLIGHT",
      `the release of teleport-cluster is called ${cluster.name}, and this program's ${CLUSTER_RELEASE}: ` +
        "Helm renames no release, so there would be two of them. See docs/adoption.md.",
    );
  }
  const service = await kubernetes.get<k8s.V1Service>("v1", "Service", cluster.name, namespace);
  const nodePort = service?.spec?.ports?.find(({ port }) => port === 443)?.nodePort;
  const objects = await planeObjects(kubernetes, namespace);
  const tls = getText(cluster.values, "tls", "existingSecretName");
  const certificate = objects.find(
    ({ kind, spec }) => kind === "Certificate" && getText(spec, "secretName") === tls,
  );
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
    certificate: certificate?.spec,
    vaultSecrets: objects.filter(({ kind }) => /^Vault(Static|Dynamic)Secret$/.test(kind)),
    resources: objects.filter(({ apiVersion }) => apiVersion.startsWith(`${TELEPORT_GROUP}/`)),
    region: query.aws?.region,
    loadBalancer,
  };
}
