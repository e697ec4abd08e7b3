import { list, mapping, text, texts, type Rule } from "./rule";

const MASTERS = "system:masters";

const BINDING = /^kubernetes:rbac\.authorization\.k8s\.io\/v1\w*:(Cluster)?RoleBinding(Patch)?$/;
const TELEPORT = /^kubernetes:resources\.teleport\.dev\/v\w+:TeleportRole/;

/**
 * Members of system:masters pass every authorisation check of Kubernetes, and no binding can take that
 * away (Kubernetes documentation, "User-facing roles").
 */
export const noSystemMasters: Rule = {
  name: "no-system-masters",
  description: "Nothing grants the group system:masters, which no RBAC can limit or revoke.",
  level: "mandatory",
  violations({ type, props }) {
    const remedy = "use a group of your own with a ClusterRoleBinding";
    if (BINDING.test(type)) {
      const subjects = list(props["subjects"]).map(mapping);
      return subjects.some(({ kind, name }) => kind === "Group" && name === MASTERS)
        ? [`binds ${MASTERS}; ${remedy}`]
        : [];
    }
    if (TELEPORT.test(type)) {
      const { allow } = mapping(props["spec"]);
      const groups = list(mapping(allow)["kubernetes_groups"]).map(text);
      return groups
        .filter((group) => group === MASTERS || group === "*")
        .map((group) => `spec.allow.kubernetes_groups has ${group}; ${remedy}`);
    }
    if (type === "aws:eks/accessEntry:AccessEntry") {
      return list(props["kubernetesGroups"]).includes(MASTERS)
        ? [`kubernetesGroups has ${MASTERS}; ${remedy}`]
        : [];
    }
    if (
      /^kubernetes:core\/v1:ConfigMap(Patch)?$/.test(type) &&
      mapping(props["metadata"])["name"] === "aws-auth"
    ) {
      return texts(props["data"]).some((part) => part.includes(MASTERS))
        ? [`maps an AWS identity to ${MASTERS}; ${remedy}`]
        : [];
    }
    return [];
  },
};
