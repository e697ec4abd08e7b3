import { z } from "zod";
import { nonEmpty } from "./fields";

/** Name of a role in Kubernetes: one part of a path. */
const roleName = z
  .string()
  .regex(/^[^/%\s\p{Cc}]+$/u, "must be the name of a role, without '/', '%' and blanks");

const binding = z.strictObject({
  group: z
    .string()
    .min(1)
    .regex(/^\P{Cc}+$/u, "must have no control characters")
    .describe("Group that roles grant by `kubernetes_groups`, traits filled in."),
  clusterRole: roleName
    .optional()
    .describe("ClusterRole that the group gets. One of clusterRole and role."),
  role: roleName
    .optional()
    .describe("Role of `namespace` that the group gets. One of clusterRole and role."),
  namespace: nonEmpty
    .optional()
    .describe("Namespace where it holds, which must exist. Default: the whole cluster."),
});

export const rbac = z
  .strictObject({
    bindings: z
      .array(binding)
      .prefault([])
      .describe("Bindings of groups, besides those of ready-made roles. Default: none."),
    boundElsewhere: z
      .array(nonEmpty)
      .prefault([])
      .describe("Groups to which something else binds, such as Capsule's. Default: none."),
    allowSystemMasters: z
      .array(nonEmpty)
      .prefault([])
      .describe(
        "Roles that may grant system:masters, which no RBAC rule restrains. Default: none.",
      ),
    allowBroadGroups: z
      .array(nonEmpty)
      .prefault([])
      .describe(
        "Groups of Kubernetes itself that may be bound, such as system:authenticated, which is everybody. Default: none.",
      ),
    allowExternalGroups: z
      .array(nonEmpty)
      .prefault([])
      .describe(
        "Roles whose `kubernetes_groups` and `kubernetes_users` may be whatever an identity provider sends, system:masters included. Default: none.",
      ),
    allowExternalUsers: z
      .array(nonEmpty)
      .prefault([])
      .describe(
        "Roles whose `kubernetes_users` may be whatever an identity provider sends, users of Kubernetes itself (system:…) included. Default: none.",
      ),
  })
  .prefault({})
  .describe("What the groups that roles grant may do on the cluster that the plane runs on.");
