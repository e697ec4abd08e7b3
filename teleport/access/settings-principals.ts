import type { Principal, PrincipalKind } from "./input";
import { list, lists } from "./role";
import {
  entries,
  raw,
  rawList,
  text,
  type AccessSettings,
  type Declared,
  type Named,
} from "./settings-shape";
import type { Traits } from "./traits";

/** Traits that are all known. */
const closed = (values: Traits["values"]): Traits => ({ values, open: false });
/** Traits to which an identity provider may add. */
export const open = (values: Traits["values"]): Traits => ({ values, open: true });

export function principal(
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

/** Everybody whom the settings give roles. */
export function principals({ resources = {} }: AccessSettings): Principal[] {
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
