import { isMap, type Value } from "../../framework.ts";

type Step =
  | { kind: "key"; key: string }
  | { kind: "index"; index: number }
  | { kind: "all" }
  | { kind: "deep"; key: string }
  | { kind: "filter"; anyOf: Comparison[][] };

/** One comparison of a filter; an alternative holds when all of its comparisons do. */
interface Comparison {
  path: Step[];
  operator: string;
  value: Value | undefined;
}

const STEP =
  /\.\.([\w-]+)|\.\*|\[\*\]|\.([\w$-]+)|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]|\[(-?\d+)\]|\[\?\(?(.*?)\)?\](?=[.[]|$)/y;

/** Parses the path part of `kubectl get -o jsonpath={…}` (keys, indexes, `*`, `..`, filters). */
export function parseJsonPath(path: string): Step[] {
  const source = path.replace(/^[$@]/, "");
  const steps: Step[] = [];
  // Its own copy: a filter parses a path of its own in the middle of this one.
  const step = new RegExp(STEP);
  while (step.lastIndex < source.length) {
    const start = step.lastIndex;
    const match = step.exec(source);
    if (!match) throw new Error(`cannot parse the JSONPath ${path} at "${source.slice(start)}"`);
    const [text, deep, key, single, double, index, filter] = match;
    if (deep !== undefined) steps.push({ kind: "deep", key: deep });
    else if (text === ".*" || text === "[*]") steps.push({ kind: "all" });
    else if (index !== undefined) steps.push({ kind: "index", index: Number(index) });
    else if (filter !== undefined) steps.push(parseFilter(filter));
    else steps.push({ kind: "key", key: (key ?? single ?? double ?? "").replace(/\\(.)/g, "$1") });
  }
  return steps;
}

function parseFilter(text: string): Step {
  const anyOf = text.split("||").map((part) => part.split("&&").map(parseComparison));
  return { kind: "filter", anyOf };
}

function parseComparison(text: string): Comparison {
  const match = /^\s*(@[^=!<>\s]*)\s*(?:(==|!=|<=|>=|<|>)\s*(.+?))?\s*$/.exec(text);
  if (!match) throw new Error(`cannot parse the JSONPath filter ${text}`);
  const literal = match[3];
  return {
    path: parseJsonPath(match[1] ?? "@"),
    operator: match[2] ?? "exists",
    value: literal === undefined ? undefined : parseLiteral(literal),
  };
}

function parseLiteral(text: string): Value {
  const quoted = /^(['"])(.*)\1$/.exec(text);
  if (quoted) return quoted[2] ?? "";
  return JSON.parse(text) as Value;
}

/** All values a path selects. */
export function selectJsonPath(root: Value, steps: readonly Step[]): Value[] {
  return steps.reduce<Value[]>((found, step) => found.flatMap((at) => follow(at, step)), [root]);
}

function follow(at: Value, step: Step): Value[] {
  switch (step.kind) {
    case "key":
      return isMap(at) && at[step.key] !== undefined ? [at[step.key] as Value] : [];
    case "index":
      return Array.isArray(at) ? at.slice(step.index, step.index + 1 || undefined) : [];
    case "all":
      return children(at);
    case "deep":
      return [
        ...(isMap(at) && at[step.key] !== undefined ? [at[step.key] as Value] : []),
        ...children(at).flatMap((child) => follow(child, step)),
      ];
    case "filter":
      return children(at).filter((child) =>
        step.anyOf.some((all) => all.every((comparison) => matches(child, comparison))),
      );
  }
}

function children(at: Value): Value[] {
  if (Array.isArray(at)) return at;
  return isMap(at) ? Object.values(at) : [];
}

function matches(child: Value, filter: Comparison): boolean {
  const [found] = selectJsonPath(child, filter.path);
  const { operator, value } = filter;
  if (operator === "exists") return found !== undefined && found !== null && found !== false;
  if (found === undefined) return operator === "!=";
  if (operator === "==") return found === value;
  if (operator === "!=") return found !== value;
  const [a, b] = [Number(found), Number(value)];
  if (operator === "<") return a < b;
  if (operator === "<=") return a <= b;
  return operator === ">" ? a > b : a >= b;
}
