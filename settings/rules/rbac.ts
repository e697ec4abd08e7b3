import { groupsOfRoles } from "../../inventory/access";
import { heldThroughSingleSignOn } from "../../teleport/checks/references";
import { anyGroupFrom, anyUserFrom } from "../../teleport/external-names";
import { bindingName, MASTERS, type GrantedGroup } from "../../teleport/rbac";
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

/** The setting that grants a group. */
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

/** Members of Kubernetes' own groups. */
const BROAD: Record<string, string> = {
  "system:authenticated": "every authenticated user",
  "system:unauthenticated": "every unauthenticated user",
  "system:serviceaccounts": "every service account of the cluster",
  "system:nodes": "every node",
};

function broadly(group: string): string | undefined {
  if (Object.hasOwn(BROAD, group)) return BROAD[group];
  if (group.startsWith("system:serviceaccounts:")) return "every service account of a namespace";
  const own = group.startsWith("system:") && group !== MASTERS;
  return own ? "a group of Kubernetes itself" : undefined;
}

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

/** A list of names in a role of the settings, with their paths. */
interface NameList {
  role: string;
  values: readonly string[];
  place: (index: number) => Path;
}

type Field = "kubernetes_groups" | "kubernetes_users";

function nameLists(resources: PlaneSettings["resources"], field: Field): NameList[] {
  const declared = Object.entries(resources.roles).map(([role, { spec }]) => ({
    role,
    values: spec.allow?.[field] ?? [],
    place: (index: number): Path => ["resources", "roles", role, "spec", "allow", field, index],
  }));
  const presets = presetsInUse(resources).map(([role, { spec }]) => ({
    role,
    values: spec.allow?.[field] ?? [],
    place: (): Path => ["resources", "presets", resources.presets.indexOf(role)],
  }));
  return [...declared, ...presets];
}

/** Names that an identity provider must not choose, and the setting that permits it. */
const CHOSEN = [
  {
    field: "kubernetes_groups",
    setting: "allowExternalGroups",
    what: "group",
    from: anyGroupFrom,
    may: MASTERS,
    pattern: "^(dev|ops)$",
  },
  {
    field: "kubernetes_users",
    setting: "allowExternalUsers",
    what: "user",
    from: anyUserFrom,
    may: "system:kube-controller-manager",
    pattern: "^([A-Za-z0-9._@+-]+)$",
  },
] as const;

const externalNames = rule({
  needs: ["rbac", "resources"],
  check({ rbac, resources }, report) {
    const federated = heldThroughSingleSignOn(resources);
    const told = new Set<string>();
    const open = { allowExternalGroups: new Set<string>(), allowExternalUsers: new Set<string>() };
    for (const { field, setting, what, from, may, pattern } of CHOSEN) {
      for (const { role, values, place } of nameLists(resources, field)) {
        for (const [index, value] of values.entries()) {
          const trait = from(value, federated(role));
          if (trait === undefined) continue;
          open[setting].add(role);
          // Whoever may be in every group needs no user of Kubernetes itself.
          if ([...rbac.allowExternalGroups, ...rbac[setting]].includes(role)) continue;
          // A preset has one place for both.
          const once = JSON.stringify(place(index));
          if (told.has(once)) continue;
          told.add(once);
          report.problem(
            place(index),
            `accepts any ${what} from the trait ${trait}, which may also be ${may}: name the ${what}s, as in ` +
              `{{regexp.replace(external.${trait}, "${pattern}", "$1")}}, or name "${role}" in rbac.${setting}.`,
            [at("allowExternalGroups"), at("allowExternalUsers")],
          );
        }
      }
    }
    for (const { setting, what } of CHOSEN) {
      for (const [index, role] of rbac[setting].entries()) {
        if (open[setting].has(role) || (what === "group" && open.allowExternalUsers.has(role)))
          continue;
        const message = `is "${role}", which accepts no ${what}s from an identity provider: remove it.`;
        report.warning(at(setting, index), message, [["resources", "roles"]]);
      }
    }
  },
});

const groups = rule({
  needs: ["rbac", "resources"],
  check(settings, report) {
    const { rbac, resources } = settings;
    const { granted, roles } = groupsOfRoles({ resources, rbac });
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
        roles.has(role)
          ? `is "${role}", which does not grant ${MASTERS}: remove it.`
          : `is "${role}", which is not a role here: remove it.`,
        [["resources"]],
      );
    }
  },
});

/** Roles with groups from traits only, if no holder of the role has these traits. */
const unfilledGroups = rule({
  needs: ["rbac", "resources"],
  check({ rbac, resources }, report) {
    for (const { role, holders } of groupsOfRoles({ resources, rbac }).unfilled) {
      if (!Object.hasOwn(resources.roles, role)) continue;
      const [first, second, ...more] = holders;
      const who = [first, second, more.length > 0 && `${more.length} more`].filter(Boolean);
      report.warning(
        ["resources", "roles", role, "spec", "allow", "kubernetes_groups"],
        `results in no group for its holders here (${who.join(", ")}), but Teleport lets ` +
          "nobody into a cluster without a group: name groups, or give people the trait.",
        [["resources"]],
      );
    }
  },
});

export const rbacRules = [bindings, broadGroups, externalNames, groups, unfilledGroups];
