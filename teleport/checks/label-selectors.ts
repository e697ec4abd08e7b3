import { isRegExp } from "../access/pattern";
import { type At, type Check, type Fault, faultAt, isSet, missing, roleSides, when } from "./fault";
import { quoted } from "../quoted";
import { mapping, list, type Mapping } from "../values";

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

/** Values of one label: a text or a list of texts. */
function valuesOf(value: unknown): unknown[] | undefined {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value : undefined;
}

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

function selectorFaults(at: At, selector: unknown): Fault[] {
  return Object.entries(mapping(selector)).flatMap(([key, value]): Fault[] => {
    const here = [...at, key];
    const values = valuesOf(value);
    if (values === undefined) {
      const fault = valueFault(value) ?? "must be a text or a list of texts.";
      return faultAt(here, fault);
    }
    if (values.length === 0) {
      return faultAt(here, 'has no value, so it matches nothing: name one, or "*".');
    }
    if (key === "*" && (values.length !== 1 || values[0] !== "*")) {
      return faultAt(here, 'needs the value "*": name a label, or write "*": "*".');
    }
    return values.flatMap((item, i): Fault[] => {
      const message = valueFault(item);
      if (message === undefined) return [];
      return faultAt(Array.isArray(value) ? [...here, i] : here, message);
    });
  });
}

/** Label selectors and wildcards of roles. */
export const labelSelectors: Check = (resources) =>
  roleSides(resources).flatMap(({ at, side, conditions }) => [
    ...SELECTORS.flatMap((field) => selectorFaults([...at, field], conditions[field])),
    ...list(conditions["rules"]).flatMap((rule, i) =>
      ["resources", "verbs"]
        .filter((field) => !isSet(mapping(rule)[field]))
        .map((field) => missing([...at, "rules", i, field], "a rule needs resources and verbs")),
    ),
    ...(side === "allow" ? allowFaults(at, conditions) : []),
  ]);

function allowFaults(at: At, allow: Readonly<Mapping>): Fault[] {
  const { users, roles } = mapping(allow["impersonate"]);
  return [
    ...NO_WILDCARD.flatMap((field) =>
      list(allow[field]).flatMap((value, i) =>
        when(
          value === "*",
          [...at, field, i],
          'is "*", which Teleport does not accept here: name each one.',
        ),
      ),
    ),
    ...when(
      isSet(users) && !isSet(roles),
      [...at, "impersonate", "roles"],
      "is missing: impersonating users needs roles too.",
    ),
  ];
}
