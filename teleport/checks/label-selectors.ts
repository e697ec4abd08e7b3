import { isRegExp } from "../access/pattern";
import { quoted } from "../quoted";
import { roleSides, type Check, type Fault, type Field } from "./fault";

/** Label selectors of roles, and other fields with special rules for `*`. */

/** Fields of `allow` and `deny` that select resources by labels. */
const SELECTORS = [
  "app_labels",
  "cluster_labels",
  "db_labels",
  "db_service_labels",
  "group_labels",
  "kubernetes_labels",
  "node_labels",
  "windows_desktop_labels",
  "workload_identity_labels",
];

/** Fields of `allow` without support for `*` (api/types/role.go). */
const NO_WILDCARD = [
  "logins",
  "aws_role_arns",
  "azure_identities",
  "gcp_service_accounts",
  "db_roles",
];

/** What is wrong with a value that may be a pattern. Undefined if nothing is. */
export function valueFault(value: unknown): string | undefined {
  if (typeof value !== "string") {
    return `is ${quoted(value)}, must be text; put it in quotes: "${String(value)}".`;
  }
  if (value.startsWith("^") !== value.endsWith("$")) {
    return `is ${quoted(value)}, half a regular expression, which Teleport takes literally: add both ^ and $.`;
  }
  if (value.startsWith("^") && !isRegExp(value)) {
    return `is ${quoted(value)}, which is not a regular expression of Go (RE2): correct it.`;
  }
  return undefined;
}

/** The values of one label: a text, or a list of texts. */
function labelFaults(key: string, label: Field): Fault[] {
  const { value } = label;
  if (typeof value !== "string" && !Array.isArray(value)) {
    return label.fault(valueFault(value) ?? "must be a text or a list of texts.");
  }
  const values = Array.isArray(value) ? label.items() : [label];
  if (values.length === 0) {
    return label.fault('has no value, so it matches nothing: name one, or "*".');
  }
  if (key === "*" && (values.length !== 1 || values[0]?.value !== "*")) {
    return label.fault('needs the value "*": name a label, or write "*": "*".');
  }
  return values.flatMap((one) => one.fault(valueFault(one.value)));
}

/** Label selectors and wildcards of roles. */
export const labelSelectors: Check = (resources) =>
  roleSides(resources).flatMap(({ side, conditions }) => [
    ...SELECTORS.flatMap((selector) => conditions.entries(selector)).flatMap(([key, label]) =>
      labelFaults(key, label),
    ),
    ...conditions
      .items("rules")
      .flatMap((rule) => [rule.get("resources"), rule.get("verbs")])
      .flatMap((part) => part.needed("a rule needs resources and verbs")),
    ...(side === "allow" ? allowFaults(conditions) : []),
  ]);

function allowFaults(allow: Field): Fault[] {
  const impersonate = allow.get("impersonate");
  return [
    ...NO_WILDCARD.flatMap((field) => allow.items(field)).flatMap((one) =>
      one.when(one.value === "*", 'is "*", which Teleport does not accept here: name each one.'),
    ),
    ...(impersonate.get("users").isSet
      ? impersonate.get("roles").needed("impersonating users needs roles too")
      : []),
  ];
}
