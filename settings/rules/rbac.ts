import { accessInput } from "../../inventory/access";
import { heldThroughSingleSignOn } from "../../teleport/checks/references";
import { anyGroupFrom } from "../../teleport/external-groups";
import { refText } from "../../teleport/access/input";
import { isEmpty } from "../../teleport/access/labels";
import { expand } from "../../teleport/access/traits";
import { bindingName, grantedGroups, MASTERS, type GrantedGroup } from "../../teleport/rbac";
import { presetBindings, presetsInUse } from "../../teleport/resources/presets";
import type { Path } from "../problem";
import type { PlaneSettings } from "../schema";
import { duplicates, rule } from "./rule";

/** Rules about what groups of roles may do in Kubernetes. */

const at = (...rest: (string | number)[]): Path => ["rbac", ...rest];

const bindings = rule({
  needs: ["rbac", "resources"],
  check({ rbac, resources }, report) {
    for (const [index, { clusterRole, role, namespace, group }] of rbac.bindings.entries()) {
      const place = at("bindings", index);
      if ((clusterRole === undefined) === (role === undefined)) {
        const what = role === undefined ? "names nothing" : "is ambiguous";
        report.problem(place, `${what}: set one of clusterRole and role.`);
      } else if (role !== undefined && namespace === undefined) {
        report.problem(
          [...place, "namespace"],
          `is missing: the Role "${role}" needs its namespace; set it, or bind a clusterRole.`,
        );
      }
      if (group === MASTERS) {
        report.warning(
          [...place, "group"],
          `is "${MASTERS}", which may do everything without a binding: remove this one.`,
        );
      }
    }
    const ready = presetBindings(resources).map((binding) => ({ ...binding, own: true }));
    const all = [...ready, ...rbac.bindings.map((binding) => ({ ...binding, own: false }))];
    duplicates(
      all,
      (binding) => `${binding.namespace ?? ""}/${bindingName(binding)}`,
      (index, first) =>
        report.problem(
          at("bindings", index - ready.length),
          first < ready.length
            ? "repeats the binding of a preset role: remove it."
            : `repeats bindings[${first - ready.length}]: remove it.`,
          [["resources", "presets"]],
        ),
    );
  },
});

/** Where the settings grant a group. */
function placeOf(
  { role, index, holder }: GrantedGroup,
  { resources }: Pick<PlaneSettings, "resources">,
): Path {
  if (Object.hasOwn(resources.roles, role)) {
    return ["resources", "roles", role, "spec", "allow", "kubernetes_groups", index];
  }
  const [kind, name = ""] = holder?.split("/") ?? [];
  if (kind === "user" && Object.hasOwn(resources.users, name)) {
    return ["resources", "users", name, "spec", "traits"];
  }
  if (kind === "access-list" || kind === "access-list-owner") {
    const grants = kind === "access-list" ? "grants" : "owner_grants";
    return ["resources", "accessLists", name, "spec", grants, "traits"];
  }
  return ["resources", "presets"];
}

/** Who is in the groups that Kubernetes itself makes. */
const BROAD: Record<string, string> = {
  "system:authenticated": "every authenticated user",
  "system:unauthenticated": "every unauthenticated user",
  "system:serviceaccounts": "every service account of the cluster",
  "system:nodes": "every node",
};

const broadly = (group: string): string | undefined =>
  (Object.hasOwn(BROAD, group) ? BROAD[group] : undefined) ??
  (group.startsWith("system:serviceaccounts:")
    ? "every service account of a namespace"
    : group.startsWith("system:") && group !== MASTERS
      ? "a group of Kubernetes itself"
      : undefined);

const broadGroups = rule({
  needs: ["rbac"],
  check({ rbac }, report) {
    const allowed = rbac.allowBroadGroups;
    for (const [index, { group }] of rbac.bindings.entries()) {
      const who = broadly(group);
      if (who === undefined || allowed.includes(group)) continue;
      report.problem(
        at("bindings", index, "group"),
        `is "${group}", which is ${who}, not only people of Teleport: bind another group, or name this ` +
          "one in rbac.allowBroadGroups.",
        [at("allowBroadGroups")],
      );
    }
    for (const [index, group] of allowed.entries()) {
      if (rbac.bindings.some((binding) => binding.group === group)) continue;
      report.warning(
        at("allowBroadGroups", index),
        `is "${group}", which no binding names: remove it.`,
        [at("bindings")],
      );
    }
  },
});

/** The groups of every role that the settings make, and where they stand. */
function groupLists(
  resources: PlaneSettings["resources"],
): [role: string, groups: readonly string[], place: (index: number) => Path][] {
  const declared = Object.entries(resources.roles).map(([name, { spec }]) => ({
    name,
    spec,
    place: (index: number): Path => [
      ...["resources", "roles", name, "spec", "allow", "kubernetes_groups"],
      index,
    ],
  }));
  const presets = presetsInUse(resources).map(([name, { spec }]) => ({
    name,
    spec,
    place: (): Path => ["resources", "presets", resources.presets.indexOf(name)],
  }));
  return [...declared, ...presets].map(({ name, spec, place }) => [
    name,
    spec.allow?.kubernetes_groups ?? [],
    place,
  ]);
}

const externalGroups = rule({
  needs: ["rbac", "resources"],
  check({ rbac, resources }, report) {
    const open = new Set<string>();
    const federated = heldThroughSingleSignOn(resources);
    for (const [name, values, place] of groupLists(resources)) {
      for (const [index, value] of values.entries()) {
        const trait = anyGroupFrom(value, federated(name));
        if (trait === undefined) continue;
        open.add(name);
        if (rbac.allowExternalGroups.includes(name)) continue;
        report.problem(
          place(index),
          `accepts any group from the trait ${trait}, which may also be ${MASTERS}: name the groups, as in ` +
            `{{regexp.replace(external.${trait}, "^(dev|ops)$", "$1")}}, or name "${name}" in rbac.allowExternalGroups.`,
          [at("allowExternalGroups")],
        );
      }
    }
    for (const [index, role] of rbac.allowExternalGroups.entries()) {
      if (open.has(role)) continue;
      const message = `is "${role}", which accepts no groups from an identity provider: remove it.`;
      report.warning(at("allowExternalGroups", index), message, [["resources", "roles"]]);
    }
  },
});

const groups = rule({
  needs: ["rbac", "resources"],
  check(settings, report) {
    const { rbac, resources } = settings;
    const input = accessInput({ resources, rbac });
    const granted = grantedGroups(input);
    const involves: Path[] = [["rbac"], ["resources", "roles"]];
    const bound = new Set([
      ...presetBindings(resources).map(({ group }) => group),
      ...rbac.bindings.map(({ group }) => group),
      ...rbac.boundElsewhere,
    ]);
    const told = new Set<string>();
    for (const grant of granted) {
      const { group, role, holder } = grant;
      const who = holder === undefined ? "grants" : `grants ${holder.replace("/", " ")}`;
      const place = placeOf(grant, settings);
      const once = JSON.stringify([place, group]);
      if (told.has(once)) continue;
      told.add(once);
      if (group === MASTERS && !rbac.allowSystemMasters.includes(role)) {
        report.problem(
          place,
          `${who} "${MASTERS}" by the role "${role}", a group that no RBAC rule can limit: grant another group ` +
            `and bind it in rbac.bindings, or name "${role}" in rbac.allowSystemMasters.`,
          involves,
        );
      }
      if (group.startsWith("system:") || bound.has(group)) continue;
      report.warning(
        place,
        `${who} "${group}", which has no binding here: unless the cluster has its own binding ` +
          "(then name the group in rbac.boundElsewhere), people may do nothing; add it to rbac.bindings.",
        involves,
      );
    }
    for (const [index, role] of rbac.allowSystemMasters.entries()) {
      if (granted.some((grant) => grant.role === role && grant.group === MASTERS)) continue;
      report.warning(
        at("allowSystemMasters", index),
        input.roles.has(role)
          ? `is "${role}", which does not grant ${MASTERS}: remove it.`
          : `is "${role}", which is not a role here: remove it.`,
        [["resources"]],
      );
    }
  },
});

/** Groups that come from traits alone, which none of those who hold the role has. */
const unfilledGroups = rule({
  needs: ["rbac", "resources"],
  check({ rbac, resources }, report) {
    const { roles, principals } = accessInput({ resources, rbac });
    for (const name of Object.keys(resources.roles)) {
      const allow = roles.get(name)?.allow;
      const holders = principals.filter((principal) => principal.roles.includes(name));
      if (allow === undefined || isEmpty(allow.labels.kubernetes)) continue;
      if (allow.kubernetesGroups.length === 0 || holders.length === 0) continue;
      const filled = [...allow.kubernetesGroups, ...allow.kubernetesUsers].some((value) =>
        holders.some(({ traits }) => expand(value, traits).error === undefined),
      );
      if (filled) continue;
      const [first, second, ...more] = holders.map(refText);
      const who = [first, second, more.length > 0 && `${more.length} more`].filter(Boolean);
      report.warning(
        ["resources", "roles", name, "spec", "allow", "kubernetes_groups"],
        `results in no group for its holders here (${who.join(", ")}), but Teleport lets ` +
          "nobody into a cluster without a group: name groups, or give people the trait.",
        [["resources"]],
      );
    }
  },
});

export const rbacRules = [bindings, broadGroups, externalGroups, groups, unfilledGroups];
