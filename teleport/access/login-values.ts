import { unique, undecided, type Decision } from "./decision";
import { ExpressionError } from "./expression";
import { traitTexts, type Traits } from "./traits";
import type { Texts } from "./values";

/** A set of texts. `unknown` says what else may be in it. */
export type TextSet = { type: "set" } & Texts;

/** A value in the language of login rules. Source: Teleport's login-rules reference. */
export type Value =
  | { type: "text"; value: string }
  | TextSet
  | { type: "truth"; decision: Decision }
  | { type: "dict"; traits: Traits }
  | { type: "pair"; first: Value; second: Value }
  | { type: "option"; condition: Decision; value: Value };

export const textSet = (values: readonly string[], unknown: readonly string[] = []): TextSet => ({
  type: "set",
  values: unique(values),
  unknown: unique(unknown),
});

/** Sets one trait. */
export function withTrait(traits: Traits, name: string, { values, unknown }: Texts): Traits {
  return {
    ...traits,
    values: { ...traits.values, [name]: values },
    partly: { ...traits.partly, [name]: unknown },
  };
}

/** One trait as a set, empty if it is missing. */
export function traitSet(traits: Traits, name: string): TextSet {
  const { values = [], unknown = [] } = traitTexts(traits, name) ?? {};
  return textSet(values, unknown);
}

const asSet = (value: Value): Value => (value.type === "text" ? textSet([value.value]) : value);

/** The result of an undecided branch: values in both branches are certain, others unknown. */
export function eitherOf(one: Value, other: Value, why: readonly string[]): Value {
  if (one.type === "text" && other.type === "text" && one.value === other.value) return one;
  const [left, right] = [asSet(one), asSet(other)];
  if (left.type === "set" && right.type === "set") {
    const both = left.values.filter((value) => right.values.includes(value));
    const differ = both.length < left.values.length || both.length < right.values.length;
    return textSet(both, [...left.unknown, ...right.unknown, ...(differ ? why : [])]);
  }
  if (left.type === "truth" && right.type === "truth") {
    const same = left.decision.answer === right.decision.answer;
    const reasons = [...left.decision.why, ...right.decision.why, ...why];
    return same ? left : { type: "truth", decision: undecided(...unique(reasons)) };
  }
  if (left.type === "dict" && right.type === "dict") {
    const names = unique([left, right].flatMap(({ traits }) => Object.keys(traits.values)));
    const open = left.traits.open || right.traits.open;
    const because = [left, right].flatMap(({ traits }) => traits.openBecause ?? []);
    const openBecause = open ? unique([...because, ...why]) : undefined;
    const start: Traits = { values: {}, open, openBecause };
    const merged = names.reduce((traits, name) => {
      const texts = eitherOf(traitSet(left.traits, name), traitSet(right.traits, name), why);
      return texts.type === "set" ? withTrait(traits, name, texts) : traits;
    }, start);
    return { type: "dict", traits: merged };
  }
  throw new ExpressionError("the branches have different types");
}
