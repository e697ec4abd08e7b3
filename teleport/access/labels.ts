import { allOf, anyOf, NO, not, undecided, unique, YES, type Decision } from "./decision";
import { ExpressionError, parseExpression, ValueError, type Term } from "./expression";
import { matchesPattern, PatternError } from "./pattern";
import { expand, traitTexts, type Traits } from "./traits";
import { containsMany, same, someMatches, texts, type Lookup, type Texts } from "./values";

/** Labels of a resource that the settings show. */
export interface Labels {
  values: Readonly<Record<string, string>>;
  /** Names of labels whose values come from a command at run time. */
  dynamic: readonly string[];
}

/** `<kind>_labels` and `<kind>_labels_expression` of a role. */
export interface LabelSelector {
  labels: Readonly<Record<string, readonly string[]>>;
  expression?: string;
}

/** Whether both parts of a selector are absent. Such a selector matches nothing. */
export function isEmpty({ labels, expression = "" }: LabelSelector): boolean {
  return Object.keys(labels).length === 0 && expression === "";
}

/** Turns an error, for which Teleport refuses the whole access, into "undecided". */
function attempt(decide: () => Decision): Decision {
  try {
    return decide();
  } catch (error) {
    if (!(error instanceof ValueError || error instanceof PatternError)) throw error;
    return undecided(error.message);
  }
}

/** Labels that Teleport itself adds, such as `teleport.dev/origin`. Settings do not show them. */
const OWN = /^teleport\.(dev|internal|hidden)\//;

function label(labels: Labels, key: string): Texts | undefined {
  if (labels.dynamic.includes(key)) return { values: [], unknown: [`dynamic label "${key}"`] };
  if (Object.hasOwn(labels.values, key)) return { values: [labels.values[key] ?? ""], unknown: [] };
  return OWN.test(key) ? { values: [], unknown: [`Teleport's own label "${key}"`] } : undefined;
}

interface Pair {
  key: Texts;
  wanted: string[];
  open: string[];
}

/** Fills in the templates of one key and its values. If the key has several values, the first counts. */
function fill(key: string, patterns: readonly string[], traits: Traits): Pair {
  const expansions = patterns.map((pattern) => expand(pattern, traits));
  // A template that fails becomes an empty text, which matches only an empty label value.
  const wanted = expansions.flatMap(({ values, error }) => (error === undefined ? values : [""]));
  const open = unique(expansions.flatMap(({ unknown }) => unknown));
  return { key: expand(key, traits), wanted: unique(wanted), open };
}

/** Caches filled pairs by selector and traits, because they are the same for every resource. */
const cache = new WeakMap<object, WeakMap<Traits, Pair[]>>();

function fillAll(selector: LabelSelector["labels"], traits: Traits): Pair[] {
  const ofSelector = cache.get(selector) ?? new WeakMap<Traits, Pair[]>();
  cache.set(selector, ofSelector);
  const known = ofSelector.get(traits);
  if (known !== undefined) return known;
  const filled = Object.entries(selector).map(([key, patterns]) => fill(key, patterns, traits));
  ofSelector.set(traits, filled);
  return filled;
}

function matchPair({ key, wanted, open }: Pair, labels: Labels): Decision {
  if (key.unknown.length > 0) return undecided(...key.unknown);
  const [first] = key.values;
  const found = first === undefined ? undefined : label(labels, first);
  if (found === undefined) return NO;
  if (wanted.includes("*")) return YES;
  for (const pattern of wanted) {
    const decision = attempt(() => someMatches(found, pattern));
    if (decision.answer === "yes") return YES;
    // Teleport stops at a pattern that RE2 refuses.
    if (decision.answer === "undecided") return decision;
  }
  return open.length > 0 ? undecided(...open) : NO;
}

/**
 * Matches labels. An empty selector matches nothing, `"*": "*"` everything. Otherwise each key must
 * be present with one of its values.
 * Source: Teleport's access-controls reference, "RBAC for infrastructure resources".
 */
export function matchLabels(
  selector: Readonly<Record<string, readonly string[]>>,
  labels: Labels,
  traits: Traits,
): Decision {
  const filled = fillAll(selector, traits);
  if (filled.length === 0) return NO;
  const wildcard = filled.find(({ key }) => key.values[0] === "*");
  const everything = wildcard?.wanted.length === 1 && wildcard.wanted[0] === "*";
  if (everything && wildcard.open.length === 0) return YES;
  const decision = allOf(filled.map((pair) => matchPair(pair, labels)));
  const mayBe = wildcard !== undefined && wildcard.open.length > 0 && wildcard.wanted.length === 0;
  return mayBe && decision.answer === "no" ? undecided(...wildcard.open) : decision;
}

function evaluate(term: Term, lookup: Lookup): Decision {
  switch (term.type) {
    case "not":
      return not(evaluate(term.of, lookup));
    case "both":
    case "either": {
      const left = evaluate(term.left, lookup);
      const right = () => evaluate(term.right, lookup);
      if (left.answer === (term.type === "both" ? "no" : "yes")) {
        // An unsupported right side is an error even if the left side decides.
        attempt(right);
        return left;
      }
      return (term.type === "both" ? allOf : anyOf)([left, right()]);
    }
    case "equal":
    case "unequal": {
      const sides = [term.left, term.right].map((side) => {
        if (side.type === "path" && side.names[0] === "labels") return texts(side, lookup);
        if (side.type === "string") return texts(side, lookup);
        throw new ExpressionError("only labels and strings can be compared");
      });
      const [left, right] = sides as [Texts, Texts];
      const equal = same(left, right);
      return term.type === "equal" ? equal : not(equal);
    }
    case "call": {
      const [list, item] = term.args;
      if (list === undefined || item === undefined || term.args.length !== 2) break;
      const items = texts(item, lookup);
      const within = texts(list, lookup);
      if (term.name === "regexp.match" && item.type === "string") {
        return someMatches(within, item.value);
      }
      const single = item.type === "string" || (item.type === "path" && item.names[0] === "labels");
      if (term.name === "contains" && single) return containsMany(within, items, false);
      if (term.name === "contains_any") return containsMany(within, items, false);
      if (term.name === "contains_all") return containsMany(within, items, true);
    }
  }
  throw new ExpressionError(
    term.type === "call" ? `${term.name}() is not known` : "the result must be true or false",
  );
}

/**
 * Evaluates a `<kind>_labels_expression`. Supported: `labels`, `user.spec.traits`, `==`, `!=`, `&&`, `||`, `!`, `contains`,
 * `contains_any`, `contains_all`, `regexp.match`, `regexp.replace`, `email.local`, `strings.upper`,
 * `strings.lower` and `labels_matching`; anything else is undecided.
 * Source: Teleport's predicate-language reference, "Label expressions".
 */
export function matchExpression(expression: string, labels: Labels, traits: Traits): Decision {
  const lookup: Lookup = (names) => {
    const [first, key = "", ...more] = names;
    if (first === "labels" && more.length === 0 && names.length === 2) {
      return label(labels, key) ?? { values: [""], unknown: [] };
    }
    if (first === "labels_matching") {
      const keys = Object.keys(labels.values).filter((name) => matchesPattern(name, key));
      const dynamic = labels.dynamic.filter((name) => matchesPattern(name, key));
      return {
        values: keys.map((name) => labels.values[name] ?? ""),
        unknown: dynamic.map((name) => `dynamic label "${name}"`),
      };
    }
    if (names.length === 4 && names.slice(0, 3).join(".") === "user.spec.traits") {
      const name = names[3] ?? "";
      // Unlike in a template, a missing trait is an empty list.
      return traitTexts(traits, name) ?? { values: [], unknown: [] };
    }
    throw new ExpressionError(`${names.join(".")} is not known`);
  };
  const understood = (): Decision => {
    try {
      return attempt(() => evaluate(parseExpression(expression), lookup));
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return undecided(error.message);
    }
  };
  const { answer, why } = understood();
  return { answer, why: why.map((reason) => `label expression: ${reason}`) };
}

/** Matches a selector. `allow` needs both parts if both are present; `deny` needs one. */
export function matchSelector(
  selector: LabelSelector,
  condition: "allow" | "deny",
  labels: Labels,
  traits: Traits,
): Decision {
  if (isEmpty(selector)) return NO;
  const parts: Decision[] = [];
  if (Object.keys(selector.labels).length > 0) {
    parts.push(matchLabels(selector.labels, labels, traits));
  }
  if (selector.expression) parts.push(matchExpression(selector.expression, labels, traits));
  return condition === "allow" ? allOf(parts) : anyOf(parts);
}
