import { grantedGroups, unfilledRoles } from "../teleport/rbac";
import { presetBindings, PRESETS, presetsInUse, type Preset } from "../teleport/resources/presets";
import {
  refText,
  type AccessInput,
  type GroupBinding,
  type Resource,
  type Role,
} from "../teleport/access/input";
import { readRole } from "../teleport/access/role";
import { accessModel, type AccessModel } from "../teleport/access/model";
import { TELEPORT_PRESETS } from "../teleport/access/teleport-presets";
import { entries, type Declared, type Named } from "../teleport/access/declared";
import { mapping } from "../teleport/values";
import { open, principal, principals } from "./access-principals";
import type { AccessSettings } from "./access-settings";

export type { AccessSettings };

/**
 * Name of the Kubernetes cluster that the plane's own auth pods serve: chart `teleport-cluster` runs
 * `kubernetes_service` in them, under its value `kubeClusterName` or else `clusterName`.
 */
export function ownKubernetesCluster({
  kind = "plane",
  clusterName,
}: AccessSettings): string | undefined {
  return kind === "plane" ? clusterName : undefined;
}

function served(settings: AccessSettings): Resource[] {
  const { agents, apps, resources = {} } = settings;
  const own = ownKubernetesCluster(settings);
  const resource = (
    kind: Resource["kind"],
    name: string,
    labels: Readonly<Record<string, string>> = {},
    dynamic: string[] = [],
  ): Resource => ({ kind, name, labels: { values: labels, dynamic } });
  const declared = (kind: Resource["kind"], map: Named<Declared> | undefined): Resource[] =>
    entries(map).map(([name, { spec, labels }]) =>
      resource(kind, name, labels, Object.keys(mapping(mapping(spec).dynamic_labels))),
    );
  const ofAgents = Object.values(agents ?? {}).flatMap((agent) => {
    const { kubernetes } = agent ?? {};
    const capsule: Record<string, string> =
      kubernetes?.capsule === undefined ? {} : { capsule: "true" };
    return [
      ...(agent?.apps ?? []).map(({ name, labels }) => resource("app", name, labels)),
      ...(agent?.databases ?? []).map(({ name, labels }) => resource("database", name, labels)),
      ...(kubernetes === undefined
        ? []
        : [resource("kubernetes", kubernetes.clusterName, { ...kubernetes.labels, ...capsule })]),
    ];
  });
  const catalogue = Object.entries(apps?.entries ?? {}).map(([name, app]) =>
    resource("app", name, app?.labels),
  );
  const all = [
    ...ofAgents,
    ...catalogue,
    ...declared("app", resources.apps),
    ...declared("database", resources.databases),
    ...(own === undefined ? [] : [resource("kubernetes", own)]),
  ];
  // Several agents may serve the same resource.
  return [...new Map(all.map((one) => [refText(one), one])).values()];
}

/** Settings of the preset roles, with defaults. */
function ready({ resources }: AccessSettings) {
  const named = resources?.presets ?? (["kube-admin"] satisfies Preset[]);
  return {
    presets: named.filter((name): name is Preset => Object.hasOwn(PRESETS, name)),
    roles: resources?.roles ?? {},
    sessionMfa: resources?.sessionMfa,
  };
}

function roles(settings: AccessSettings): Map<string, Role> {
  return new Map([
    ...presetsInUse(ready(settings)).map(([name, preset]): [string, Role] => [
      name,
      readRole(name, preset),
    ]),
    ...entries(settings.resources?.roles).map(
      ([name, { version = "v8", spec }]): [string, Role] => [
        name,
        readRole(name, { version, spec }),
      ],
    ),
  ]);
}

function bindings(settings: AccessSettings): GroupBinding[] {
  const all = [...presetBindings(ready(settings)), ...(settings.rbac?.bindings ?? [])];
  return all.map(({ group, clusterRole, role, namespace }) => ({
    group,
    kind: clusterRole === undefined ? "Role" : "ClusterRole",
    role: clusterRole ?? role ?? "",
    namespace,
  }));
}

function notes({ kind = "plane", agents, resources }: AccessSettings): string[] {
  const contexts = Object.entries(agents ?? {}).filter(
    ([, agent]) => agent?.kubernetes?.kubeconfig !== undefined,
  );
  const ignored = Object.values(resources ?? {}).flatMap((collection) =>
    Array.isArray(collection)
      ? []
      : entries(collection as Named<Declared>)
          .filter(([, { ignore }]) => ignore === true)
          .map(([name]) => name),
  );
  return [
    ...(kind === "plane" ? [] : ["Roles and users are declared by the stack of the plane."]),
    ...ignored.map(
      (name) => `The operator ignores ${name}: Teleport may have something else under that name.`,
    ),
    ...contexts.map(
      ([name]) =>
        `Agent ${name} names its Kubernetes clusters after the contexts of its kubeconfig, ` +
        "which settings do not show.",
    ),
  ];
}

/** Input of the access model, from a stack's settings. */
export function accessInput(settings: AccessSettings): AccessInput {
  const declared = roles(settings);
  const people = principals(settings);
  const held = new Set(people.flatMap((person) => person.roles));
  const idle = [...declared.keys()].filter((name) => !held.has(name));
  const used = Object.entries(TELEPORT_PRESETS).filter(
    ([name]) => held.has(name) && !declared.has(name),
  );
  return {
    roles: new Map([...used.map(([name, role]) => [name, role] as const), ...declared]),
    principals: [
      ...people,
      ...idle.map((name) =>
        principal("role", name, [name], open({}), ["nobody in the settings holds this role"]),
      ),
    ],
    resources: served(settings),
    bindings: bindings(settings),
    boundElsewhere: [...(settings.rbac?.boundElsewhere ?? [])],
    rolesElsewhere: settings.kind !== undefined && settings.kind !== "plane",
    notes: notes(settings),
  };
}

/** Kubernetes groups that a stack's roles grant, and roles whose holders get none. */
export function groupsOfRoles(settings: AccessSettings) {
  const input = accessInput(settings);
  return {
    granted: grantedGroups(input),
    unfilled: unfilledRoles(input),
    roles: new Set(input.roles.keys()),
  };
}

/** Access model: who can reach what, from a stack's settings alone. */
export function accessOf(settings: AccessSettings): AccessModel {
  return accessModel(accessInput(settings));
}
