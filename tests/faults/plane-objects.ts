import * as k8s from "@kubernetes/client-node";

/** Kinds of the plane and its charts, without those that controllers create, such as pods. */
const KINDS: [apiVersion: string, ...kinds: string[]][] = [
  ["v1", "Namespace", "Service", "ConfigMap", "ServiceAccount", "Secret", "PersistentVolumeClaim"],
  ["apps/v1", "Deployment", "StatefulSet"],
  ["batch/v1", "Job"],
  ["policy/v1", "PodDisruptionBudget"],
  ["networking.k8s.io/v1", "NetworkPolicy"],
  ["rbac.authorization.k8s.io/v1", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"],
  ["apiextensions.k8s.io/v1", "CustomResourceDefinition"],
  ["cert-manager.io/v1", "Certificate"],
  ["secrets.hashicorp.com/v1beta1", "VaultAuth", "VaultStaticSecret", "VaultDynamicSecret"],
  ["resources.teleport.dev/v1", "TeleportRoleV7", "TeleportRoleV8"],
  ["resources.teleport.dev/v2", "TeleportProvisionToken", "TeleportUser"],
];

type Loose = Record<string, unknown>;

/** The content of an object, without what differs between two equal deployments. */
function comparable({
  kind,
  spec,
  data,
  rules,
  roleRef,
  subjects,
  metadata,
}: k8s.KubernetesObject & Loose) {
  if (kind === "CustomResourceDefinition") return {};
  const chosen = ["clusterIP", "clusterIPs", "volumeName"];
  const rest = Object.entries(spec ?? {}).filter(([key]) => !chosen.includes(key));
  const content = kind === "Secret" ? Object.keys(data ?? {}).sort() : data;
  const { labels = {}, annotations = {} } = metadata ?? {};
  const kept = (marks: object) =>
    Object.entries(marks).filter(([key]) => !/revision|restartedAt|vso/.test(key));
  return {
    spec: Object.fromEntries(rest),
    content,
    rules,
    roleRef,
    subjects,
    labels: kept(labels),
    annotations: kept(annotations),
  };
}

/** The objects of the plane's namespace and of the cluster as JSON, by kind and name. */
export async function planeObjects(config: k8s.KubeConfig, namespace: string) {
  const api = k8s.KubernetesObjectApi.makeApiClient(config);
  const objects: Record<string, string> = {};
  for (const [apiVersion, ...kinds] of KINDS) {
    for (const kind of kinds) {
      const items = await api
        .list<k8s.KubernetesObject & Loose>(apiVersion, kind)
        .then((list) => list.items)
        .catch((error: unknown) => {
          // The release that installed the kind is gone.
          if (error instanceof k8s.ApiException && error.code === 404) return [];
          if (error instanceof Error && /Unrecognized API version/.test(error.message)) return [];
          throw error;
        });
      for (const item of items) {
        const { name = "", namespace: place, labels = {} } = item.metadata ?? {};
        if (place !== undefined && place !== namespace) continue;
        // Skips random names (tokens, Helm's records) and the API server's own objects.
        if (/^sh\.helm\.release|-token-/.test(name)) continue;
        if ("kubernetes.io/bootstrapping" in labels || name.startsWith("system:")) continue;
        objects[`${kind} ${place ?? ""}/${name}`] = JSON.stringify(comparable({ ...item, kind }));
      }
    }
  }
  return objects;
}

/** Status of the last record of each release. */
export async function helmStatuses(config: k8s.KubeConfig, namespace: string) {
  const core = config.makeApiClient(k8s.CoreV1Api);
  const { items } = await core.listNamespacedSecret({ namespace, labelSelector: "owner=helm" });
  const last = new Map<string, { version: number; status: string }>();
  for (const { metadata } of items) {
    const { name = "", version = "0", status = "" } = metadata?.labels ?? {};
    if (Number(version) > (last.get(name)?.version ?? 0)) {
      last.set(name, { version: Number(version), status });
    }
  }
  return Object.fromEntries([...last].map(([name, { status }]) => [name, status]));
}
