import { type At, type Check, type Fault, faultAt, isSet, roleSides, texts, when } from "./fault";
import { quoted } from "../quoted";
import { CORE_PLURALS, NAMESPACED_KINDS, SINGULAR_KINDS } from "../kubernetes-kinds";
import { mapping, list, text, type Mapping } from "../values";

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

function verbFaults(at: At, value: unknown, version: string): Fault[] {
  const verbs = texts(value);
  if (version === "v5" || version === "v6") {
    const fine = verbs.length === 0 || (verbs.length === 1 && verbs[0]?.[1] === "*");
    return when(!fine, at, `is not "*", the only verb of role version ${version}: use v8.`);
  }
  if (verbs.length === 0) {
    return faultAt(at, 'is missing, so nothing is allowed: name verbs, or "*".', {
      warning: true,
    });
  }
  return verbs.flatMap(([i, verb]): Fault[] => {
    if (verb === "*" && verbs.length > 1) {
      return faultAt(
        [...at, i],
        'is "*", which excludes other verbs: remove them, or name each verb.',
      );
    }
    if (verb === "*" || VERBS.includes(verb) || verb.includes("{{")) return [];
    return faultAt(
      [...at, i],
      `is ${quoted(verb)}, which is not a verb of Teleport: use ${VERBS.join(", ")}, or "*" alone.`,
    );
  });
}

/** Faults up to version 7. */
function singularFaults(at: At, kind: string, group: string, version: string): Fault[] {
  const faults: Fault[] = [];
  if (group !== "") {
    faults.push({
      at: [...at, "api_group"],
      message: `is ${quoted(group)}, which role version ${version} does not have: remove it, or use version v8.`,
    });
  }
  const older = version !== "v7";
  if (older ? kind !== "pod" : kind !== "*" && !Object.hasOwn(SINGULAR_KINDS, kind)) {
    const singular = Object.entries(SINGULAR_KINDS).find(
      ([, { plural }]) => plural === kind.toLowerCase(),
    )?.[0];
    const known = older ? "pod" : `${Object.keys(SINGULAR_KINDS).join(", ")} or "*"`;
    const allowed = older || singular === undefined ? `has only ${known}` : `writes ${singular}`;
    faults.push({
      at: [...at, "kind"],
      message: `is ${quoted(kind)}, but role version ${version} ${allowed}: correct it, or use version v8.`,
    });
  }
  return faults;
}

/** Faults in version 8. */
function pluralFaults(at: At, kind: string, group: string): Fault[] {
  const here = [...at, "kind"];
  if (kind === "") {
    return faultAt(here, 'is missing: name a plural such as pods, or "*".');
  }
  const singular = Object.hasOwn(SINGULAR_KINDS, kind) ? SINGULAR_KINDS[kind] : undefined;
  if (singular !== undefined && (group === "*" || group === singular.apiGroup)) {
    return faultAt(
      here,
      `is ${quoted(kind)}, but role version v8 uses plurals: write ${singular.plural}.`,
    );
  }
  if (kind !== kind.toLowerCase()) {
    const meant = plural(kind)?.[0] ?? kind.toLowerCase();
    return faultAt(
      here,
      `is ${quoted(kind)}, which matches nothing: role version v8 uses plurals in lower case, such as ${meant}.`,
    );
  }
  if (group === "" && !CORE_PLURALS.has(kind)) {
    const known = plural(kind);
    return faultAt(
      [...at, "api_group"],
      known === undefined || known[1] === ""
        ? `is missing, and ${quoted(kind)} is not a kind of the core group: ` +
            'name the group (`kubectl api-resources`), or "*".'
        : `is missing: ${known[0]} are in ${quoted(known[1])}; role version v8 needs it for all but the core group.`,
    );
  }
  return [];
}

function kindFaults(at: At, { kind, api_group: group }: Mapping, version: string): Fault[] {
  return version === "v8"
    ? pluralFaults(at, text(kind), text(group))
    : singularFaults(at, text(kind), text(group), version);
}

function resourceFaults(at: At, value: unknown, version: string): Fault[] {
  const resource = mapping(value);
  const kind = text(resource["kind"]);
  const group = text(resource["api_group"]);
  const faults = [
    ...verbFaults([...at, "verbs"], resource["verbs"], version),
    ...kindFaults(at, resource, version),
  ];
  const needsNamespace =
    version === "v8"
      ? NAMESPACED_KINDS.has(group === "" ? kind : `${kind}.${group}`)
      : SINGULAR_KINDS[kind]?.clusterWide !== true;
  if (
    !faults.some(({ warning }) => warning !== true) &&
    needsNamespace &&
    !isSet(resource["namespace"])
  ) {
    faults.push({
      at: [...at, "namespace"],
      message: `is missing, and ${quoted(kind)} is a namespaced kind: name a namespace, a pattern, or "*".`,
    });
  }
  if (!isSet(resource["name"])) {
    faults.push({ at: [...at, "name"], message: 'is missing: set a name, a pattern, or "*".' });
  }
  return faults;
}

/** `kubernetes_resources` of roles, allowed, denied and requested. */
export const kubernetesResources: Check = (resources) =>
  roleSides(resources).flatMap(({ at, conditions, version }) => [
    ...list(conditions["kubernetes_resources"]).flatMap((item, i) =>
      resourceFaults([...at, "kubernetes_resources", i], item, version),
    ),
    ...list(mapping(conditions["request"])["kubernetes_resources"]).flatMap((item, i) =>
      kindFaults([...at, "request", "kubernetes_resources", i], mapping(item), version),
    ),
  ]);
