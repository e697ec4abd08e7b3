import * as rbac from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import { bindingName, type Binding } from "../teleport/rbac";

/** Arguments of {@link RbacBindings}. */
export interface RbacBindingsArgs {
  /** Groups and their roles, without duplicates. */
  bindings: readonly Binding[];
}

const RBAC_GROUP = "rbac.authorization.k8s.io";

/**
 * Rights in Kubernetes of the groups that Teleport roles grant: ClusterRoleBindings, and RoleBindings for
 * bindings with a namespace. Objects are called `teleport:<group>:<role>`.
 */
export class RbacBindings extends pulumi.ComponentResource {
  /** Groups with a binding, known once the bindings exist. */
  public readonly groups: pulumi.Output<string[]>;

  constructor(name: string, args: RbacBindingsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("access-plane:components:RbacBindings", name, { ...args }, opts);
    const parent = { parent: this };
    const made = args.bindings.map((binding) => {
      const objectName = bindingName(binding);
      const { group, clusterRole, role, namespace } = binding;
      const content = {
        roleRef: {
          apiGroup: RBAC_GROUP,
          kind: clusterRole === undefined ? "Role" : "ClusterRole",
          name: clusterRole ?? role ?? "",
        },
        subjects: [{ apiGroup: RBAC_GROUP, kind: "Group", name: group }],
      };
      const bound =
        namespace === undefined
          ? new rbac.ClusterRoleBinding(
              objectName,
              { metadata: { name: objectName }, ...content },
              parent,
            )
          : new rbac.RoleBinding(
              `${namespace}/${objectName}`,
              { metadata: { name: objectName, namespace }, ...content },
              parent,
            );
      return bound.subjects.apply(() => group);
    });
    this.groups = pulumi.all(made).apply((groups) => [...new Set(groups)]);
    this.registerOutputs({ groups: this.groups });
  }
}
