import { createHash } from "node:crypto";
import { refText, type AccessInput } from "./access/input";
import { isEmpty } from "./access/labels";
import { expand } from "./access/traits";

/** A binding of a group to a ClusterRole, or to a Role of a namespace. */
export interface Binding {
  group: string;
  clusterRole?: string | undefined;
  role?: string | undefined;
  /** Namespace of the binding. Default: the whole cluster. */
  namespace?: string | undefined;
}

/** The group with all rights, which RBAC cannot limit. Source: Kubernetes' RBAC documentation. */
export const MASTERS = "system:masters";

const LONGEST_NAME = 253;

/**
 * Name of a binding's object, `teleport:<group>:<role>`. Invalid characters become "-", with a hash
 * at the end that keeps the name unique.
 */
export function bindingName({ group, clusterRole, role }: Binding): string {
  const wanted = `teleport:${group}:${clusterRole ?? role ?? ""}`;
  const name = wanted.replace(/[^A-Za-z0-9:._@-]/g, "-");
  if (name === wanted && name.length <= LONGEST_NAME) return name;
  const hash = createHash("sha256").update(wanted).digest("hex").slice(0, 8);
  return `${name.slice(0, LONGEST_NAME - hash.length - 1)}-${hash}`;
}

/** A group that a role grants. */
export interface GrantedGroup {
  group: string;
  role: string;
  /** Index in the role's `kubernetes_groups`. */
  index: number;
  /** `kind/name` of the holder whose trait names the group. Absent if the role itself names it. */
  holder?: string;
}

/**
 * Groups that roles grant: those that they name, and those of their templates for holders in the
 * settings. Traits of an identity provider are not known.
 */
export function grantedGroups({ roles, principals }: AccessInput): GrantedGroup[] {
  const found: GrantedGroup[] = [];
  for (const role of roles.values()) {
    for (const [index, value] of role.allow.kubernetesGroups.entries()) {
      const at = { role: role.name, index };
      if (!value.includes("{{")) {
        found.push({ ...at, group: value });
        continue;
      }
      for (const principal of principals) {
        if (!principal.roles.includes(role.name)) continue;
        for (const group of expand(value, principal.traits).values) {
          found.push({ ...at, group, holder: refText(principal) });
        }
      }
    }
  }
  return found;
}

/** A role for Kubernetes clusters, all of whose groups come from traits that no holder has. */
export interface UnfilledRole {
  role: string;
  /** `kind/name` of each. */
  holders: string[];
}

/** Declared roles that give no access to a cluster: Teleport requires a group or user. */
export function unfilledRoles({ roles, principals }: AccessInput): UnfilledRole[] {
  return [...roles.values()].flatMap(({ name, allow }) => {
    const holders = principals.filter((principal) => principal.roles.includes(name));
    if (isEmpty(allow.labels.kubernetes) || allow.kubernetesGroups.length === 0) return [];
    const filled = [...allow.kubernetesGroups, ...allow.kubernetesUsers].some((value) =>
      holders.some(({ traits }) => expand(value, traits).error === undefined),
    );
    return filled || holders.length === 0 ? [] : [{ role: name, holders: holders.map(refText) }];
  });
}
