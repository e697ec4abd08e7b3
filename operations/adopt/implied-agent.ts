import { agentNamespace } from "../../inventory/agents";
import { ROLE_ARN } from "../../teleport/names";
import { get, getText, list } from "../../teleport/values";
import type { ExistingPlane } from "./existing-plane";
import type { FoundRelease } from "./helm-releases";
import { impliedApp } from "./implied-app";
import { MISSING, section, set, some, type Sections } from "./sections";

/** How an agent joins. The settings do not contain a secret token; they name its path in Vault. */
function join(values: unknown, release: string): Sections | undefined {
  const method = getText(values, "joinParams", "method") || "token";
  const token = getText(values, "joinParams", "tokenName");
  if (method === "token") return { method, path: MISSING };
  return token === release && method === "kubernetes" ? undefined : { method, token };
}

/** Labels of matchers (`[{ labels }]` in the chart's values). */
const matchers = (value: unknown) => some(value)?.map((matcher) => get(matcher, "labels"));

const serves = (values: unknown, service: string) =>
  (getText(values, "roles") || "kube").split(",").includes(service);

/** An entry of `discovery_service.aws[]` in teleport.yaml, as a setting. */
const awsMatcher = (matcher: unknown) =>
  set({
    types: get(matcher, "types"),
    regions: get(matcher, "regions"),
    tags: get(matcher, "tags"),
    assumeRoleArn: getText(matcher, "assume_role_arn"),
    externalId: getText(matcher, "external_id"),
    setupAccessForArn: getText(matcher, "setup_access_for_arn"),
    joinToken: getText(matcher, "install", "join_params", "token_name"),
    documentName: getText(matcher, "ssm", "document_name"),
  });

/** What an agent serves besides apps, from the values of its release (chart `teleport-kube-agent`). */
function impliedServices(values: unknown): Sections {
  const cluster = getText(values, "kubeClusterName");
  const { capsule, ...labels } = { ...(get(values, "labels") as Record<string, unknown>) };
  const kubernetesService = get(values, "teleportConfig", "kubernetes_service");
  return {
    kubernetes: serves(values, "kube")
      ? set({
          clusterName: cluster || MISSING,
          labels: section(labels),
          kubeconfig:
            getText(kubernetesService, "kubeconfig_file") === "" ? undefined : { path: MISSING },
          resources: matchers(get(kubernetesService, "resources")),
          capsule: capsule === "true" ? {} : undefined,
        })
      : undefined,
    databases: some(get(values, "databases"))?.map((database) =>
      set({
        name: getText(database, "name"),
        protocol: getText(database, "protocol"),
        uri: getText(database, "uri"),
        description: getText(database, "description"),
        labels: get(database, "static_labels"),
        tlsMode: getText(database, "tls", "mode"),
      }),
    ),
    databaseResources: matchers(get(values, "databaseResources")),
    discovery: serves(values, "discovery")
      ? set({
          group: serves(values, "kube") ? "" : cluster,
          matchers: some(get(values, "kubernetesDiscovery")),
          aws: some(get(values, "teleportConfig", "discovery_service", "aws"))?.map(awsMatcher),
        })
      : undefined,
    // An agent with its own apps always looks for dynamic apps too.
    dynamicApps:
      some(get(values, "appResources")) !== undefined && some(get(values, "apps")) === undefined
        ? true
        : undefined,
  };
}

const hasSecretHeader = (app: Sections) =>
  list(get(app, "rewrite", "headers")).some((header) => get(header, "secret") !== undefined);

/** Settings of an agent, derived from its release. */
export function impliedAgent(
  release: FoundRelease,
  plane: Pick<ExistingPlane, "cluster" | "namespace" | "vaultSecrets">,
): Sections {
  const { values, name } = release;
  const clusterName = getText(plane.cluster.values, "clusterName");
  const apps = list(values["apps"]).map((app) => impliedApp(app, clusterName));
  const volume = list(values["extraVolumes"]).find(
    (v) => getText(v, "secret", "secretName") !== "",
  );
  const secretName = getText(volume, "secret", "secretName");
  const source = plane.vaultSecrets.find(
    (secret) => secretName !== "" && getText(secret, "spec", "destination", "name") === secretName,
  );
  const keys = Object.keys(get(source, "spec", "destination", "transformation", "templates") ?? {});
  const service = `teleport.${plane.namespace}.svc.cluster.local:443`;
  const proxy = getText(values, "proxyAddr");
  const services = impliedServices(values);
  const usual = agentNamespace(
    name,
    { kubernetes: get(services, "kubernetes") as { capsule?: object } | undefined },
    { namespace: { name: plane.namespace }, teleport: {} },
  );
  return set({
    // A release cannot move to another namespace.
    namespace: release.namespace === usual ? undefined : release.namespace,
    join: join(values, name),
    awsRoleArn: getText(values, "annotations", "serviceAccount", ROLE_ARN),
    replicas: get(values, "highAvailability", "replicaCount"),
    proxyAddress: proxy === service ? "" : proxy,
    insecureSkipProxyTLSVerify: get(values, "insecureSkipProxyTLSVerify"),
    caSecretName: getText(values, "tls", "existingCASecretName"),
    storage: get(values, "storage", "enabled"),
    resources: get(values, "resources"),
    credentials:
      source === undefined
        ? undefined
        : set({
            secretName: secretName === `${name}-credentials` ? "" : secretName,
            path: getText(source, "spec", "path"),
            keys: keys.length === 0 ? [MISSING] : keys,
          }),
    ...services,
    // Headers stay in the configuration. The sidecar would add them a second time.
    secretHeaders: apps.some(hasSecretHeader) ? "rendered" : undefined,
    apps,
  });
}
