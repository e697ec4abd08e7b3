import { allOf, anyOf, decided, undecided, type Decision } from "./decision";
import { ExpressionError, ValueError, type Term } from "./expression";
import { matchesPattern, regex, replaceAll } from "./pattern";

/** The texts of an expression. `unknown` says what else may be among them. */
export interface Texts {
  values: string[];
  unknown: string[];
}

/** Looks up the texts of a path such as `external.groups` or `labels["env"]`. */
export type Lookup = (names: readonly string[]) => Texts;

/** Local part of an e-mail address, bare or as `Name <address>`. Throws ValueError. */
export function emailLocal(text: string): string {
  const address = /^(?:[^<>]*<([^<>]+)>|([^<>\s]+))$/.exec(text.trim());
  const [, local] = /^("[^"]*"|[^@\s]+)@[^@\s]+$/.exec(address?.[1] ?? address?.[2] ?? "") ?? [];
  if (local === undefined) throw new ValueError(`"${text}" is not an e-mail address`);
  return local;
}

function literal(term: Term | undefined): string {
  if (term?.type !== "string") throw new ExpressionError("expected a quoted string as argument");
  return term.value;
}

/** The texts of a term: literals, paths, `email.local` and `regexp.replace`. */
export function texts(term: Term, lookup: Lookup): Texts {
  if (term.type === "string") return { values: [term.value], unknown: [] };
  if (term.type === "path") return lookup(term.names);
  if (term.type !== "call") throw new ExpressionError("expected texts, found true or false");
  const [list] = term.args;
  const arity = term.name === "regexp.replace" ? 3 : 1;
  if (list === undefined || term.args.length !== arity) {
    throw new ExpressionError(`${term.name} with ${term.args.length} arguments is not known`);
  }
  const mapped = (change: (value: string) => string) => {
    const { values, unknown } = texts(list, lookup);
    // Teleport leaves out empty results.
    return { values: values.map(change).filter((value) => value !== ""), unknown };
  };
  switch (term.name) {
    case "email.local":
      return mapped(emailLocal);
    case "regexp.replace": {
      const [expression, replacement] = [literal(term.args[1]), literal(term.args[2])];
      regex(expression);
      return mapped((value) => replaceAll(value, expression, replacement) ?? "");
    }
    case "strings.upper":
      return mapped((value) => value.toUpperCase());
    case "strings.lower":
      return mapped((value) => value.toLowerCase());
    case "labels_matching":
      return lookup(["labels_matching", literal(list)]);
    default:
      throw new ExpressionError(`${term.name}() is not known`);
  }
}

/** Whether any text of a list passes. */
export function some({ values, unknown }: Texts, passes: (value: string) => boolean): Decision {
  if (values.some(passes)) return decided(true);
  return unknown.length === 0 ? decided(false) : undecided(...unknown);
}

/** Whether a list contains a text. */
export const contains = (within: Texts, text: string): Decision =>
  some(within, (candidate) => candidate === text);

/** Whether a list contains any, or all, of some texts. It does not contain all of none. */
export function containsMany(within: Texts, items: Texts, all: boolean): Decision {
  const open = items.unknown.length > 0 ? [undecided(...items.unknown)] : [];
  const decisions = [...items.values.map((text) => contains(within, text)), ...open];
  if (!all) return anyOf(decisions);
  return decisions.length === 0 ? decided(false) : allOf(decisions);
}

/** Whether two sides with one text each are equal. */
export function same(left: Texts, right: Texts): Decision {
  const unknown = [...left.unknown, ...right.unknown];
  return unknown.length > 0 ? undecided(...unknown) : decided(left.values[0] === right.values[0]);
}

/** Whether a pattern of Teleport matches any text of a list. */
export function someMatches(list: Texts, pattern: string): Decision {
  return some(list, (value) => matchesPattern(value, pattern));
}
