/** Specs of the Teleport custom resources that the plane itself declares. */

/** API group of the Teleport operator. */
export const TELEPORT_GROUP = "resources.teleport.dev";

/** A custom resource of the operator: its kind and API version, and its spec. */
export interface TeleportKind<Spec> {
  kind: string;
  version: string;
  spec: Spec;
}

/** Spec of TeleportProvisionToken, as far as the plane uses it. */
export interface ProvisionTokenSpec {
  roles: string[];
  join_method: "kubernetes";
  kubernetes: { type: "in_cluster"; allow: { service_account: string }[] };
}

/** Spec of TeleportRoleV7, as far as the plane uses it. */
export interface RoleV7Spec {
  allow: {
    kubernetes_labels: Record<string, string[]>;
    app_labels: Record<string, string[]>;
    kubernetes_groups: string[];
    kubernetes_resources: { kind: string; namespace: string; name: string; verbs: string[] }[];
  };
}

/** Token by which the agent joins: `in_cluster`, only its own service account, role App. */
export function agentToken(
  namespace: string,
  serviceAccount: string,
): TeleportKind<ProvisionTokenSpec> {
  return {
    kind: "TeleportProvisionToken",
    version: "v2",
    spec: {
      roles: ["App"],
      join_method: "kubernetes",
      kubernetes: {
        type: "in_cluster",
        allow: [{ service_account: `${namespace}:${serviceAccount}` }],
      },
    },
  };
}

/** Role `kube-admin` of the reference deployment: every Kubernetes cluster and every app. */
export function kubeAdminRole(): TeleportKind<RoleV7Spec> {
  return {
    kind: "TeleportRoleV7",
    version: "v1",
    spec: {
      allow: {
        kubernetes_labels: { "*": ["*"] },
        app_labels: { "*": ["*"] },
        kubernetes_groups: ["system:masters"],
        kubernetes_resources: [{ kind: "*", namespace: "*", name: "*", verbs: ["*"] }],
      },
    },
  };
}
