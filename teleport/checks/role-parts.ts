import { quoted } from "../quoted";
import { roleSides, type Check, type Fault, type Field, type RoleSide } from "./fault";
import { networkFaults } from "./networks";

/** Parts of roles that Teleport refuses late. */

/** Parts of the SPIFFE, impersonation and database rules of a role (api/types/role.go of Teleport 18). */
function roleFaults({ side, conditions }: RoleSide): Fault[] {
  const where = conditions.get("impersonate", "where");
  return [
    ...conditions.items("spiffe").flatMap(spiffeFaults),
    ...conditions
      .items("db_permissions")
      .flatMap((rule) => permissionFaults(rule.get("permissions"), side)),
    ...where.when(side === "deny" && where.isSet, "has an effect only below allow: remove it."),
  ];
}

function spiffeFaults(rule: Field): Fault[] {
  const path = rule.get("path");
  const isPath = path.text.startsWith("/") || /^\^.*\$$/.test(path.text);
  const form = 'must start with "/", or be a regular expression from ^ to $';
  return [
    ...path.when(
      !isPath,
      path.isSet ? `is ${quoted(path.value)}, ${form}.` : `is missing: it ${form}.`,
    ),
    ...networkFaults(rule.get("ip_sans")),
  ];
}

function permissionFaults(permissions: Field, side: string): Fault[] {
  const all = permissions.texts();
  if (all.length === 0)
    return permissions.fault("is missing: such as SELECT, on the objects of match.");
  return all.flatMap((one) =>
    one.when(
      side === "allow" && one.text === "*",
      'is "*", which only deny takes: name permissions.',
    ),
  );
}

/** SPIFFE ids, impersonation and rights in databases, in allow and deny. */
export const roleParts: Check = (resources) => roleSides(resources).flatMap(roleFaults);
