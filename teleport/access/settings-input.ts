import { presetBindings, PRESETS, presetsInUse, type Preset } from "../resources/presets";
import type { AccessInput, GroupBinding, Principal, PrincipalKind, Resource, Role } from "./input";
import { list, lists, readRole } from "./role";
import type { Traits } from "./traits";
import { TELEPORT_PRESETS } from "./teleport-presets";

type Named<T> = Readonly<Record<string, T | undefined>>;

interface Declared {
  spec?: unknown;
  labels?: Readonly<Record<string, string>>;
  /** Not reconciled by the operator, so not there as far as the settings can say. */
  ignore?: boolean;
}

interface App {
  name: string;
  labels?: Readonly<Record<string, string>>;
}

interface Agent {
  apps?: readonly App[];
}

/** The part of a stack's settings that decides who reaches what. */
export interface AccessSettings {
  agent?: Agent;
  agents?: Named<Agent>;
  resources?: {
    roles?: Named<Declared & { version?: string }>;
    users?: Named<Declared>;
    githubConnectors?: Named<Declared>;
    oidcConnectors?: Named<Declared>;
    samlConnectors?: Named<Declared>;
    loginRules?: Named<Declared>;
    accessLists?: Named<Declared>;
    apps?: Named<Declared>;
    databases?: Named<Declared>;
    bots?: Named<Declared>;
    presets?: readonly string[];
  };
  rbac?: {
    bindings?: readonly {
      group: string;
      clusterRole?: string;
      role?: string;
      namespace?: string;
    }[];
  };
}

type Raw = Readonly<Record<string, unknown>>;

const raw = (value: unknown): Raw =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Raw) : {};
const rawList = (value: unknown): Raw[] => (Array.isArray(value) ? value.map(raw) : []);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

function entries<T extends Declared>(map: Named<T> | undefined): [string, T][] {
  return Object.entries(map ?? {}).flatMap(([name, value]): [string, T][] =>
    value === undefined || value.ignore === true ? [] : [[name, value]],
  );
}

const closed = (values: Traits["values"]): Traits => ({ values, open: false });
const open = (values: Traits["values"]): Traits => ({ values, open: true });

function principal(
  kind: PrincipalKind,
  name: string,
  roles: readonly string[],
  traits: Traits,
  notes: string[] = [],
): Principal {
  return { kind, name, roles: [...roles], traits, notes };
}

/** One principal for each mapping of a connector, as everybody in it has at least these roles. */
function connectorPrincipals(
  kind: "oidc-claim" | "saml-attribute",
  connectors: Named<Declared> | undefined,
): Principal[] {
  const [field, key] =
    kind === "oidc-claim" ? ["claims_to_roles", "claim"] : ["attributes_to_roles", "name"];
  return entries(connectors).flatMap(([connector, { spec }]) =>
    rawList(raw(spec)[field]).map((mapping) => {
      const trait = text(mapping[key]);
      const value = text(mapping.value);
      const pattern = value.includes("*") || value.startsWith("^");
      const roles = list(mapping.roles);
      const expanded = roles.filter((role) => role.includes("$"));
      return principal(
        kind,
        `${connector}/${trait}=${value}`,
        roles.filter((role) => !expanded.includes(role)),
        open(pattern ? {} : { [trait]: [value] }),
        expanded.map((role) => `role "${role}" depends on the value of ${trait}`),
      );
    }),
  );
}

function principals({ resources = {} }: AccessSettings): Principal[] {
  return [
    ...entries(resources.users).map(([name, { spec }]) =>
      principal("user", name, list(raw(spec).roles), closed(lists(raw(spec).traits))),
    ),
    ...entries(resources.githubConnectors).flatMap(([, { spec }]) =>
      rawList(raw(spec).teams_to_roles).map((mapping) => {
        const team = text(mapping.team);
        // Of a GitHub user Teleport knows the login and the teams, nothing else.
        const traits = { github_teams: [team], kubernetes_groups: [], kubernetes_users: [] };
        const name = `${text(mapping.organization)}/${team}`;
        return principal("github-team", name, list(mapping.roles), open(traits));
      }),
    ),
    ...connectorPrincipals("oidc-claim", resources.oidcConnectors),
    ...connectorPrincipals("saml-attribute", resources.samlConnectors),
    ...entries(resources.accessLists).flatMap(([name, { spec }]) => {
      const { grants, owner_grants: owners } = raw(spec);
      const members = principal(
        "access-list",
        name,
        list(raw(grants).roles),
        open(lists(raw(grants).traits)),
        ["members are kept in Teleport, and have their own roles besides"],
      );
      return raw(owners).roles === undefined
        ? [members]
        : [
            members,
            principal(
              "access-list-owner",
              name,
              list(raw(owners).roles),
              open(lists(raw(owners).traits)),
            ),
          ];
    }),
    ...entries(resources.bots).map(([name, { spec }]) => {
      const traits = rawList(raw(spec).traits).map((trait): [string, string[]] => [
        text(trait.name),
        list(trait.values),
      ]);
      return principal("bot", name, list(raw(spec).roles), closed(Object.fromEntries(traits)));
    }),
  ];
}

function served(settings: AccessSettings): Resource[] {
  const { resources = {} } = settings;
  const agents = [
    ...(settings.agent === undefined ? [] : [settings.agent]),
    ...Object.values(settings.agents ?? {}).flatMap((agent) => agent ?? []),
  ];
  const declared = (kind: Resource["kind"], map: Named<Declared> | undefined): Resource[] =>
    entries(map).map(([name, { spec, labels = {} }]) => ({
      kind,
      name,
      labels: { values: labels, dynamic: Object.keys(raw(raw(spec).dynamic_labels)) },
    }));
  return [
    ...agents.flatMap(({ apps = [] }) =>
      apps.map(({ name, labels = {} }): Resource => ({
        kind: "app",
        name,
        labels: { values: labels, dynamic: [] },
      })),
    ),
    ...declared("app", resources.apps),
    ...declared("database", resources.databases),
  ];
}

/** What ready-made roles depend on, with the settings' own defaults. */
function ready({ resources }: AccessSettings) {
  const named = resources?.presets ?? (["kube-admin"] satisfies Preset[]);
  return {
    presets: named.filter((name): name is Preset => Object.hasOwn(PRESETS, name)),
    roles: resources?.roles ?? {},
  };
}

function roles(settings: AccessSettings): Map<string, Role> {
  return new Map([
    ...presetsInUse(ready(settings)).map(([name, role]): [string, Role] => [
      name,
      readRole(name, role),
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
    ...(namespace === undefined ? {} : { namespace }),
  }));
}

/** What the access model needs of a stack's settings. */
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
    notes:
      entries(settings.resources?.loginRules).length === 0
        ? []
        : ["Login rules are not evaluated: traits of SSO users may differ."],
  };
}
