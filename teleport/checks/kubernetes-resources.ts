import { roleSides, type Check, type Fault, type Field } from "./fault";
import { quoted } from "../quoted";
import { CORE_PLURALS, NAMESPACED_KINDS, SINGULAR_KINDS } from "../kubernetes-kinds";

/**
 * `kubernetes_resources` of roles. The CRD takes anything; Teleport refuses by role version
 * (api/types/role.go, validateKubeResources and validateRequestKubeResources).
 */

const VERBS = [
  "get",
  "create",
  "update",
  "patch",
  "delete",
  "list",
  "watch",
  "deletecollection",
  "exec",
  "portforward",
];

const GROUPS = new Map([...NAMESPACED_KINDS].map((kind) => splitKind(kind)));

function splitKind(kind: string): [plural: string, group: string] {
  const [plural = "", ...group] = kind.split(".");
  return [plural, group.join(".")];
}

/** The plural that a wrong name probably means, with its API group. */
function plural(kind: string): readonly [string, string] | undefined {
  const name = kind.toLowerCase();
  const known = Object.hasOwn(SINGULAR_KINDS, name) ? SINGULAR_KINDS[name] : undefined;
  if (known !== undefined) return [known.plural, known.apiGroup];
  const group = GROUPS.get(name);
  return group === undefined ? undefined : [name, group];
}

function verbFaults(field: Field, version: string): Fault[] {
  const verbs = field.texts();
  if (version === "v5" || version === "v6") {
    const fine = verbs.length === 0 || (verbs.length === 1 && verbs[0]?.text === "*");
    return field.when(!fine, `is not "*", the only verb of role version ${version}: use v8.`);
  }
  if (verbs.length === 0) {
    return field.fault('is missing, so nothing is allowed: name verbs, or "*".', { warning: true });
  }
  return verbs.flatMap((verb): Fault[] => {
    if (verb.text === "*" && verbs.length > 1) {
      return verb.fault('is "*", which excludes other verbs: remove them, or name each verb.');
    }
    return verb.when(
      verb.text !== "*" && !VERBS.includes(verb.text) && !verb.text.includes("{{"),
      `is ${quoted(verb.text)}, which is not a verb of Teleport: use ${VERBS.join(", ")}, or "*" alone.`,
    );
  });
}

/** Faults up to version 7. */
function singularFaults(kind: Field, group: Field, version: string): Fault[] {
  const older = version !== "v7";
  const fits = older
    ? kind.text === "pod"
    : kind.text === "*" || Object.hasOwn(SINGULAR_KINDS, kind.text);
  const singular = Object.entries(SINGULAR_KINDS).find(
    ([, { plural }]) => plural === kind.text.toLowerCase(),
  )?.[0];
  const known = older ? "pod" : `${Object.keys(SINGULAR_KINDS).join(", ")} or "*"`;
  const allowed = older || singular === undefined ? `has only ${known}` : `writes ${singular}`;
  return [
    ...group.when(
      group.text !== "",
      `is ${quoted(group.text)}, which role version ${version} does not have: remove it, or use version v8.`,
    ),
    ...kind.when(
      !fits,
      `is ${quoted(kind.text)}, but role version ${version} ${allowed}: correct it, or use version v8.`,
    ),
  ];
}

/** Faults in version 8. */
function pluralFaults(field: Field, group: Field): Fault[] {
  const kind = field.text;
  if (kind === "") return field.fault('is missing: name a plural such as pods, or "*".');
  const singular = Object.hasOwn(SINGULAR_KINDS, kind) ? SINGULAR_KINDS[kind] : undefined;
  if (singular !== undefined && (group.text === "*" || group.text === singular.apiGroup)) {
    return field.fault(
      `is ${quoted(kind)}, but role version v8 uses plurals: write ${singular.plural}.`,
    );
  }
  if (kind !== kind.toLowerCase()) {
    const meant = plural(kind)?.[0] ?? kind.toLowerCase();
    return field.fault(
      `is ${quoted(kind)}, which matches nothing: role version v8 uses plurals in lower case, such as ${meant}.`,
    );
  }
  if (group.text !== "" || CORE_PLURALS.has(kind)) return [];
  const known = plural(kind);
  return group.fault(
    known === undefined || known[1] === ""
      ? `is missing, and ${quoted(kind)} is not a kind of the core group: ` +
          'name the group (`kubectl api-resources`), or "*".'
      : `is missing: ${known[0]} are in ${quoted(known[1])}; role version v8 needs it for all but the core group.`,
  );
}

function kindFaults(resource: Field, version: string): Fault[] {
  const [kind, group] = [resource.get("kind"), resource.get("api_group")];
  return version === "v8" ? pluralFaults(kind, group) : singularFaults(kind, group, version);
}

function resourceFaults(resource: Field, version: string): Fault[] {
  const kind = resource.get("kind").text;
  const group = resource.get("api_group").text;
  const faults = [...verbFaults(resource.get("verbs"), version), ...kindFaults(resource, version)];
  const needsNamespace =
    version === "v8"
      ? NAMESPACED_KINDS.has(group === "" ? kind : `${kind}.${group}`)
      : SINGULAR_KINDS[kind]?.clusterWide !== true;
  const sound = faults.every(({ warning }) => warning === true);
  const namespace = resource.get("namespace");
  return [
    ...faults,
    ...namespace.when(
      sound && needsNamespace && !namespace.isSet,
      `is missing, and ${quoted(kind)} is a namespaced kind: name a namespace, a pattern, or "*".`,
    ),
    ...resource.get("name").needed('set a name, a pattern, or "*"'),
  ];
}

/** `kubernetes_resources` of roles, allowed, denied and requested. */
export const kubernetesResources: Check = (resources) =>
  roleSides(resources).flatMap(({ conditions, version }) => [
    ...conditions
      .items("kubernetes_resources")
      .flatMap((resource) => resourceFaults(resource, version)),
    ...conditions
      .items("request", "kubernetes_resources")
      .flatMap((resource) => kindFaults(resource, version)),
  ]);
