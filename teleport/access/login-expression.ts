import { allOf, anyOf, decided, not, type Decision } from "./decision";
import { ExpressionError, ValueError, type Term } from "./expression";
import { eitherOf, textSet, traitSet, withTrait, type TextSet, type Value } from "./login-values";
import { regex, replaceAll } from "./pattern";
import type { Traits } from "./traits";
import { contains, containsMany, emailLocal, some } from "./values";

/** An undefined name. Alone in `traits_map` it is a literal text. */
export class UnknownName extends ExpressionError {}

const wrong = (expected: string) => new ExpressionError(`expected ${expected}`);

function text(value: Value | undefined): string {
  if (value?.type !== "text") throw wrong("a string");
  return value.value;
}

function set(value: Value | undefined): TextSet {
  if (value?.type !== "set") throw wrong("a set");
  return value;
}

function truth(value: Value | undefined): Decision {
  if (value?.type !== "truth") throw wrong("true or false");
  return value.decision;
}

function dict(value: Value | undefined): Traits {
  if (value?.type !== "dict") throw wrong("a dict");
  return value.traits;
}

const boolean = (decision: Decision): Value => ({ type: "truth", decision });
const added = ({ values, unknown }: TextSet, more: readonly Value[]): TextSet =>
  textSet([...values, ...more.map(text)], unknown);

/** Applies a string function to a string, or to each member of a set. */
function mapped(input: Value | undefined, change: (text: string) => string): Value {
  if (input?.type === "text") return { type: "text", value: change(input.value) };
  const { values, unknown } = set(input);
  return textSet(values.map(change), unknown);
}

function choose([first, ...rest]: readonly Value[]): Value {
  if (first === undefined) throw new ValueError("no option of choose is true");
  if (first.type !== "option") throw wrong("options");
  const { answer, why } = first.condition;
  if (answer === "yes") return first.value;
  return answer === "no" ? choose(rest) : eitherOf(first.value, choose(rest), why);
}

type Function = (args: readonly Value[]) => Value;

const FUNCTIONS: Record<string, { arity?: number; run: Function }> = {
  set: { run: (args) => added(textSet([]), args) },
  union: {
    run: (args) => {
      const sets = args.map(set);
      return textSet(
        sets.flatMap(({ values }) => values),
        sets.flatMap(({ unknown }) => unknown),
      );
    },
  },
  pair: {
    arity: 2,
    run: ([first, second]) => ({ type: "pair", first: first as Value, second: second as Value }),
  },
  dict: {
    run: (pairs) => {
      const traits = pairs.reduce(
        (all: Traits, pair) => {
          if (pair.type !== "pair") throw wrong("pairs");
          return withTrait(all, text(pair.first), set(pair.second));
        },
        { values: {}, open: false },
      );
      return { type: "dict", traits };
    },
  },
  option: {
    arity: 2,
    run: ([condition, value]) => ({
      type: "option",
      condition: truth(condition),
      value: value as Value,
    }),
  },
  choose: { run: choose },
  ifelse: {
    arity: 3,
    run: ([condition, yes, no]) => {
      const option = { type: "option", condition: truth(condition), value: yes as Value } as const;
      const other = { type: "option", condition: decided(true), value: no as Value } as const;
      return choose([option, other]);
    },
  },
  "strings.upper": { arity: 1, run: ([input]) => mapped(input, (value) => value.toUpperCase()) },
  "strings.lower": { arity: 1, run: ([input]) => mapped(input, (value) => value.toLowerCase()) },
  "strings.replaceall": {
    arity: 3,
    run: ([input, match, by]) =>
      mapped(input, (value) => value.replaceAll(text(match), () => text(by))),
  },
  "strings.split": {
    arity: 2,
    run: ([input, separator]) => {
      const { values, unknown } = set(input);
      const by = text(separator);
      return textSet(
        values.flatMap((value) => (by === "" ? Array.from(value) : value.split(by))),
        unknown,
      );
    },
  },
  "email.local": { arity: 1, run: ([input]) => mapped(set(input), emailLocal) },
  "regexp.replace": {
    arity: 3,
    run: ([input, expression, by]) => {
      const { values, unknown } = set(input);
      regex(text(expression));
      return textSet(
        values.flatMap((value) => replaceAll(value, text(expression), text(by)) ?? []),
        unknown,
      );
    },
  },
};

/** Questions that are both functions and methods of a set. */
const QUESTIONS: Record<string, { arity: number; run: Function }> = {
  contains_any: { arity: 2, run: ([a, b]) => boolean(containsMany(set(a), set(b), false)) },
  contains_all: { arity: 2, run: ([a, b]) => boolean(containsMany(set(a), set(b), true)) },
};
const isEmpty = {
  arity: 1,
  run: ([a]: readonly Value[]) => boolean(not(some(set(a), () => true))),
};

const METHODS: typeof FUNCTIONS = {
  ...QUESTIONS,
  isempty: isEmpty,
  contains: { arity: 2, run: ([a, b]) => boolean(contains(set(a), text(b))) },
  add: { run: ([a, ...more]) => added(set(a), more) },
  remove: {
    run: ([from, ...items]) => {
      const names = items.map(text);
      if (from?.type === "dict") {
        const traits = names.reduce((all, name) => withTrait(all, name, textSet([])), from.traits);
        return { type: "dict", traits };
      }
      const { values, unknown } = set(from);
      return textSet(
        values.filter((value) => !names.includes(value)),
        unknown,
      );
    },
  },
  put: {
    arity: 3,
    run: ([a, name, value]) => ({
      type: "dict",
      traits: withTrait(dict(a), text(name), set(value)),
    }),
  },
  add_values: {
    run: ([a, name, ...more]) => {
      const traits = dict(a);
      const values = added(traitSet(traits, text(name)), more);
      return { type: "dict", traits: withTrait(traits, text(name), values) };
    },
  },
};
const CALLABLE: typeof FUNCTIONS = { ...FUNCTIONS, ...QUESTIONS, is_empty: isEmpty };

function call(table: typeof FUNCTIONS, name: string, args: readonly Value[]): Value {
  const known = Object.hasOwn(table, name) ? table[name] : undefined;
  if (known === undefined) throw new ExpressionError(`${name}() is not known`);
  if (known.arity !== undefined && known.arity !== args.length) {
    throw new ExpressionError(`${name}() with ${args.length} arguments is not known`);
  }
  return known.run(args);
}

/**
 * Evaluates an expression of a login rule. `external` has the traits so far.
 * Source: Teleport's login-rules reference; DefaultParserSpec in lib/expression of its repository.
 */
export function evaluate(term: Term, external: Traits): Value {
  const value = (inner: Term) => evaluate(inner, external);
  switch (term.type) {
    case "string":
      return { type: "text", value: term.value };
    case "path": {
      const [first = "", name, ...more] = term.names;
      if (name === undefined && (first === "true" || first === "false")) {
        return boolean(decided(first === "true"));
      }
      if (first !== "external" || more.length > 0) throw new UnknownName(term.names.join("."));
      return name === undefined ? { type: "dict", traits: external } : traitSet(external, name);
    }
    case "field":
      return traitSet(dict(value(term.of)), term.name);
    case "method":
      return call(METHODS, term.name, [value(term.of), ...term.args.map(value)]);
    case "call": {
      const args = term.args.map(value);
      if (term.names[0] !== "external") return call(CALLABLE, term.name, args);
      const [method = "", ...of] = term.names.toReversed();
      return call(METHODS, method, [value({ type: "path", names: of.toReversed() }), ...args]);
    }
    case "not":
      return boolean(not(truth(value(term.of))));
    case "both":
    case "either": {
      const sides = [term.left, term.right].map((side) => truth(value(side)));
      return boolean(term.type === "both" ? allOf(sides) : anyOf(sides));
    }
    case "equal":
    case "unequal": {
      const equal = decided(text(value(term.left)) === text(value(term.right)));
      return boolean(term.type === "equal" ? equal : not(equal));
    }
  }
}
