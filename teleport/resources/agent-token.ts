import type { ProvisionTokenSpec } from "../generated";

/** Token by which an agent joins: `in_cluster`, only its own service account. */
export function agentToken(
  namespace: string,
  serviceAccount: string,
  roles: string[] = ["App"],
): ProvisionTokenSpec {
  return {
    roles,
    join_method: "kubernetes",
    kubernetes: {
      type: "in_cluster",
      allow: [{ service_account: `${namespace}:${serviceAccount}` }],
    },
  };
}
