import { createHash } from "node:crypto";
import { refText, type AccessInput } from "./access/input";
import { expand } from "./access/traits";

/** A group and what it gets: a ClusterRole, or a Role of a namespace. */
export interface Binding {
  group: string;
  clusterRole?: string | undefined;
  role?: string | undefined;
  /** Where it holds. Default: the whole cluster. */
  namespace?: string | undefined;
}

/** The group that the API server lets do everything, whatever RBAC says. */
export const MASTERS = "system:masters";

const LONGEST_NAME = 253;

/**
 * Name of a binding's object, `teleport:<group>:<role>`. What a name cannot hold is replaced by "-",
 * and a hash of the whole keeps it unique.
 */
export function bindingName({ group, clusterRole, role }: Binding): string {
  const wanted = `teleport:${group}:${clusterRole ?? role ?? ""}`;
  const name = wanted.replace(/[^A-Za-z0-9:._@-]/g, "-");
  if (name === wanted && name.length <= LONGEST_NAME) return name;
  const hash = createHash("sha256").update(wanted).digest("hex").slice(0, 8);
  return `${name.slice(0, LONGEST_NAME - hash.length - 1)}-${hash}`;
}

/** A group that somebody gets by a role. */
export interface GrantedGroup {
  group: string;
  role: string;
  /** Index in the role's `kubernetes_groups`. */
  index: number;
  /** `kind/name` of who gets it by a trait; absent where the role itself names the group. */
  holder?: string;
}

/**
 * Every group that roles grant: those they name, and those their templates come to for whoever holds
 * them in the settings. What only an identity provider knows is not among them.
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
