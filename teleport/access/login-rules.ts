import { ExpressionError, parseExpression, ValueError } from "./expression";
import { evaluate, UnknownName } from "./login-expression";
import { textSet, withTrait, type TextSet } from "./login-values";
import { PatternError } from "./pattern";
import { list } from "./role";
import { entries, type Declared, type Named } from "./declared";
import type { Traits } from "./traits";
import { mapping, text, type Mapping } from "../values";

/** A login rule. It changes the traits from the identity provider. */
export interface LoginRule {
  name: string;
  priority: number;
  traitsMap?: Readonly<Record<string, readonly string[]>>;
  traitsExpression?: string;
}

const map = (value: unknown): Mapping | undefined =>
  Object.keys(mapping(value)).length === 0 ? undefined : mapping(value);

/** The login rules of the settings, in Teleport's order: by priority, then by name. */
export function loginRules(declared: Named<Declared> | undefined): LoginRule[] {
  return entries(declared)
    .map(([name, { spec }]): LoginRule => {
      const { priority, traits_map, traits_expression } = mapping(spec);
      const traitsMap = map(traits_map);
      return {
        name,
        priority: typeof priority === "number" ? priority : 0,
        ...(traitsMap === undefined
          ? { traitsExpression: text(traits_expression) }
          : {
              traitsMap: Object.fromEntries(
                Object.entries(traitsMap).map(([trait, expressions]) => [trait, list(expressions)]),
              ),
            }),
      };
    })
    .sort((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1));
}

/** Calls `otherwise` for an expression that this model does not support or that would fail the login. */
function attempt<T>(rule: LoginRule, run: () => T, otherwise: (why: string) => T): T {
  try {
    return run();
  } catch (error) {
    const expected = [ExpressionError, ValueError, PatternError];
    if (!(error instanceof Error) || !expected.some((type) => error instanceof type)) throw error;
    const what = error instanceof UnknownName ? `${error.message} is not known` : error.message;
    return otherwise(`login rule ${rule.name}: ${what}`);
  }
}

function mapValue(expression: string, external: Traits): TextSet {
  try {
    const value = evaluate(parseExpression(expression), external);
    if (value.type === "text") return textSet([value.value]);
    if (value.type === "set") return value;
  } catch (error) {
    // A single undefined name is a literal text.
    if (error instanceof UnknownName && error.message === expression) return textSet([expression]);
    throw error;
  }
  throw new ExpressionError(`${expression} must be a string or a set`);
}

function apply(rule: LoginRule, external: Traits): Traits {
  const { traitsMap, traitsExpression = "" } = rule;
  if (traitsMap === undefined) {
    return attempt(
      rule,
      () => {
        const value = evaluate(parseExpression(traitsExpression), external);
        if (value.type !== "dict") throw new ExpressionError("its expression must be a dict");
        return value.traits;
      },
      (why) => ({ values: {}, open: true, openBecause: [why] }),
    );
  }
  return Object.entries(traitsMap).reduce(
    (traits: Traits, [name, expressions]) => {
      const sets = expressions.map((expression) =>
        attempt(
          rule,
          () => mapValue(expression, external),
          (why) => textSet([], [why]),
        ),
      );
      const all = textSet(
        sets.flatMap(({ values }) => values),
        sets.flatMap(({ unknown }) => unknown),
      );
      return withTrait(traits, name, all);
    },
    { values: {}, open: false },
  );
}

/**
 * Applies login rules to traits, one after the other. `traits_map` removes all traits that it does not
 * name. A trait whose expression this model does not support is uncertain.
 * Source: Teleport's login-rules reference; EvaluateTraitsMap in lib/expression of its repository.
 */
export function applyLoginRules(rules: readonly LoginRule[], traits: Traits): Traits {
  return rules.reduce((external, rule) => apply(rule, external), traits);
}
