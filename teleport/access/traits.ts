import { unique } from "./decision";
import { ExpressionError, parseExpression, ValueError } from "./expression";
import { PatternError } from "./pattern";
import { texts, type Lookup, type Texts } from "./values";

/** A person's traits, as far as they are known. */
export interface Traits {
  values: Record<string, readonly string[]>;
  /** True if an identity provider may add traits that the settings do not show. */
  open: boolean;
  /** By trait: reasons why it may have more values. */
  partly?: Readonly<Record<string, readonly string[]>>;
  /** Other reasons why there may be more traits. */
  openBecause?: readonly string[];
}

/** Traits that `{{internal.…}}` may name. Source: ApplyValueTraits in lib/services of Teleport 18. */
export const INTERNAL_TRAITS: readonly string[] = [
  "aws_role_arns",
  "azure_identities",
  "db_names",
  "db_roles",
  "db_users",
  "gcp_service_accounts",
  "github_orgs",
  "jwt",
  "kubernetes_groups",
  "kubernetes_users",
  "logins",
  "mcp_tools",
  "windows_logins",
];

/** A template: exactly one `{{…}}` with text before and after it. */
const TEMPLATE = /^([^{}]*)\{\{([^{}]*)\}\}([^{}]*)$/;

/** The known values of one trait. Undefined if the trait certainly does not exist. */
export function traitTexts(traits: Traits, name: string): Texts | undefined {
  if (Object.hasOwn(traits.values, name)) {
    return {
      values: [...(traits.values[name] ?? [])],
      unknown: [...(traits.partly?.[name] ?? [])],
    };
  }
  if (!traits.open) return undefined;
  const unknown = [`trait "${name}" from the identity provider`, ...(traits.openBecause ?? [])];
  return { values: [], unknown };
}

/** The known values of one trait. Throws ValueError if it does not exist. */
export function trait(traits: Traits, name: string, written: string): Texts {
  const found = traitTexts(traits, name);
  if (found !== undefined) return found;
  throw new ValueError(`there is no trait "${name}" for ${written}`);
}

/** Result of a template. With an `error` Teleport leaves the value out. */
export interface Expansion extends Texts {
  error?: string;
}

/**
 * Expands `{{internal.…}}` and `{{external.…}}`, also inside `email.local` and `regexp.replace`, to
 * one text for each value of the trait.
 * Source: Teleport's access-controls reference, "Role templates".
 */
export function expand(text: string, traits: Traits): Expansion {
  const template = TEMPLATE.exec(text);
  if (template === null) {
    return text.includes("{{") || text.includes("}}")
      ? { values: [], unknown: [], error: `"${text}" is not a template of the form {{…}}` }
      : { values: [text], unknown: [] };
  }
  const [, before = "", inner = "", after = ""] = template;
  const lookup: Lookup = ([namespace, name, ...more]) => {
    const known = namespace === "external" || namespace === "internal";
    if (!known || name === undefined || more.length > 0) {
      throw new ExpressionError(`"${text}" must name a trait as internal.NAME or external.NAME`);
    }
    if (namespace === "internal" && !INTERNAL_TRAITS.includes(name)) {
      throw new ExpressionError(`"${name}" is not an internal trait; write external.${name}`);
    }
    return trait(traits, name, text);
  };
  try {
    const { values, unknown } = texts(parseExpression(inner), lookup);
    const filled = values
      .filter((value) => value !== "")
      .map((value) => before.trimStart() + value + after.trimEnd());
    if (filled.length === 0 && unknown.length === 0) {
      return { values: [], unknown: [], error: `"${text}" expands to nothing` };
    }
    return {
      values: filled,
      unknown: unknown.length > 0 ? [`${text}: ${unknown.join(", ")}`] : [],
    };
  } catch (error) {
    const expected = [ExpressionError, ValueError, PatternError];
    if (!(error instanceof Error) || !expected.some((type) => error instanceof type)) throw error;
    return { values: [], unknown: [], error: error.message };
  }
}

/** Expands a list. Like Teleport, leaves out what cannot be expanded. */
export function expandAll(list: readonly string[], traits: Traits): Texts {
  const expansions = list.map((text) => expand(text, traits));
  return {
    values: unique(expansions.flatMap(({ values }) => values)),
    unknown: unique(expansions.flatMap(({ unknown }) => unknown)),
  };
}
