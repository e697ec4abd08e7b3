import { quoted } from "../quoted";
import { list, mapping, text } from "../values";
import {
  type At,
  type Check,
  type Fault,
  isSet,
  missing,
  type RoleSide,
  roleSides,
  texts,
  when,
} from "./fault";
import { networkFaults } from "./networks";

/** Parts of roles that Teleport refuses late. */

/** Parts of the SPIFFE, impersonation and database rules of a role (api/types/role.go of Teleport 18). */
function roleFaults({ at, side, conditions }: RoleSide): Fault[] {
  return [
    ...list(conditions["spiffe"]).flatMap((rule, i) => spiffeFaults([...at, "spiffe", i], rule)),
    ...list(conditions["db_permissions"]).flatMap((rule, i) =>
      permissionFaults([...at, "db_permissions", i, "permissions"], rule, side),
    ),
    ...when(
      side === "deny" && isSet(mapping(conditions["impersonate"])["where"]),
      [...at, "impersonate", "where"],
      "has an effect only below allow: remove it.",
    ),
  ];
}

function spiffeFaults(at: At, rule: unknown): Fault[] {
  const { path, ip_sans: networks } = mapping(rule);
  const isPath = text(path).startsWith("/") || /^\^.*\$$/.test(text(path));
  const form = 'must start with "/", or be a regular expression from ^ to $';
  return [
    ...when(
      !isPath,
      [...at, "path"],
      isSet(path) ? `is ${quoted(path)}, ${form}.` : `is missing: it ${form}.`,
    ),
    ...networkFaults([...at, "ip_sans"], networks),
  ];
}

function permissionFaults(at: At, rule: unknown, side: string): Fault[] {
  const permissions = texts(mapping(rule)["permissions"]);
  if (permissions.length === 0) return [missing(at, "such as SELECT, on the objects of match")];
  return permissions
    .filter(([, one]) => side === "allow" && one === "*")
    .map(([i]) => ({
      at: [...at, i],
      message: 'is "*", which only deny takes: name permissions.',
    }));
}

/** SPIFFE ids, impersonation and rights in databases, in allow and deny. */
export const roleParts: Check = (resources) => roleSides(resources).flatMap(roleFaults);
