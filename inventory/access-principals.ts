import type { Principal, PrincipalKind } from "../teleport/access/input";
import { applyLoginRules, loginRules, type LoginRule } from "../teleport/access/login-rules";
import { textSet, traitSet, withTrait } from "../teleport/access/login-values";
import { list, lists } from "../teleport/access/role";
import type { Traits } from "../teleport/access/traits";
import { entries, type Declared, type Named } from "../teleport/access/declared";
import type { AccessSettings } from "./access-settings";
import { mapping, mappings, text } from "../teleport/values";

/** Traits of which all values are known. */
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

/** Traits after login rules, for the users of one entry. Teleport maps roles from these traits. */
function afterRules(
  rules: readonly LoginRule[],
  trait: string,
  value: string | undefined,
): { traits: Traits; nobody: boolean; uncertain: string[] } {
  const traits = applyLoginRules(rules, open(value === undefined ? {} : { [trait]: [value] }));
  const left = traitSet(traits, trait);
  if (rules.length === 0) return { traits, nobody: false, uncertain: [] };
  // The result for any answer of the identity provider.
  const always = traitSet(applyLoginRules(rules, open({})), trait);
  const missing = value === undefined ? left.values.length === 0 : !left.values.includes(value);
  const names = rules.map(({ name }) => name).join(", ");
  const lost = value !== undefined && missing && left.unknown.length === 0;
  return {
    traits:
      value === undefined
        ? traits
        : withTrait(traits, trait, textSet([value, ...left.values], left.unknown)),
    nobody: missing && always.unknown.length === 0,
    uncertain: missing
      ? [
          ...left.unknown.filter((reason) => reason.startsWith("login rule")),
          ...(lost ? [`whether login rule ${names} ever leaves "${value}" in ${trait}`] : []),
        ]
      : [],
  };
}

/** One principal for each mapping of a connector: every user of the mapping has at least these roles. */
function connectorPrincipals(
  kind: "oidc-claim" | "saml-attribute",
  connectors: Named<Declared> | undefined,
  rules: readonly LoginRule[],
): Principal[] {
  const [field, key] =
    kind === "oidc-claim" ? ["claims_to_roles", "claim"] : ["attributes_to_roles", "name"];
  return entries(connectors).flatMap(([connector, { spec }]) =>
    mappings(mapping(spec)[field]).map((entry) => {
      const trait = text(entry[key]);
      const value = text(entry.value);
      const pattern = value.includes("*") || value.startsWith("^");
      const roles = list(entry.roles);
      const expanded = roles.filter((role) => role.includes("$"));
      const { traits, nobody, uncertain } = afterRules(rules, trait, pattern ? undefined : value);
      const names = rules.map((rule) => rule.name).join(", ");
      return {
        ...principal(
          kind,
          `${connector}/${trait}=${value}`,
          nobody ? [] : roles.filter((role) => !expanded.includes(role)),
          traits,
          [
            ...expanded.map((role) => `role "${role}" depends on the value of ${trait}`),
            ...(nobody ? [`login rule ${names} leaves no such ${trait}: nobody is meant`] : []),
          ],
        ),
        ...(uncertain.length === 0 ? {} : { uncertain }),
      };
    }),
  );
}

/** All users, teams, claims, lists and bots to which the settings give roles. */
export function principals({ resources = {} }: AccessSettings): Principal[] {
  const rules = loginRules(resources.loginRules);
  return [
    ...entries(resources.users).map(([name, { spec }]) =>
      principal("user", name, list(mapping(spec).roles), closed(lists(mapping(spec).traits))),
    ),
    ...entries(resources.githubConnectors).flatMap(([, { spec }]) =>
      mappings(mapping(spec).teams_to_roles).map((entry) => {
        const team = text(entry.team);
        // Teleport knows only the login and the teams of a GitHub user.
        const traits = { github_teams: [team], kubernetes_groups: [], kubernetes_users: [] };
        const name = `${text(entry.organization)}/${team}`;
        // Teleport maps teams to roles before login rules change the traits.
        const left = applyLoginRules(rules, open(traits));
        return principal("github-team", name, list(entry.roles), left);
      }),
    ),
    ...connectorPrincipals("oidc-claim", resources.oidcConnectors, rules),
    ...connectorPrincipals("saml-attribute", resources.samlConnectors, rules),
    ...entries(resources.accessLists).flatMap(([name, { spec }]) => {
      const { grants, owner_grants: owners } = mapping(spec);
      const members = principal(
        "access-list",
        name,
        list(mapping(grants).roles),
        open(lists(mapping(grants).traits)),
        ["members are kept in Teleport, and have their own roles besides"],
      );
      return mapping(owners).roles === undefined
        ? [members]
        : [
            members,
            principal(
              "access-list-owner",
              name,
              list(mapping(owners).roles),
              open(lists(mapping(owners).traits)),
            ),
          ];
    }),
    ...entries(resources.bots).map(([name, { spec }]) => {
      const traits = mappings(mapping(spec).traits).map((trait): [string, string[]] => [
        text(trait.name),
        list(trait.values),
      ]);
      return principal("bot", name, list(mapping(spec).roles), closed(Object.fromEntries(traits)));
    }),
  ];
}
