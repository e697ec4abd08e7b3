import { ExpressionError, parseExpression } from "../access/expression";
import { list, mapping, text } from "../values";
import { type At, type Check, entries, type Fault, faultAt, texts } from "./fault";

/** Expressions of Teleport's predicate language, which it reads when the resource is made. */

/** What is wrong with an expression about labels or traits. Undefined if nothing is. */
function expressionFault(expression: string): string | undefined {
  if (expression === "") return undefined;
  try {
    parseExpression(expression);
    return undefined;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return `is not an expression that Teleport can read: ${error.message}.`;
  }
}

const PAIRS: Record<string, string> = { ")": "(", "]": "[" };

/** What is wrong with an expression in a language that this program does not fully know. */
function bracketFault(expression: string): string | undefined {
  const signs = expression.replace(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, "");
  const open: string[] = [];
  for (const sign of signs.match(/[()[\]"`]/g) ?? []) {
    const wanted = PAIRS[sign];
    if (wanted === undefined) open.push(sign);
    else if (open.pop() !== wanted) return `has a "${sign}" too many.`;
  }
  const [first] = open;
  return first === undefined
    ? undefined
    : `has a ${first === '"' ? "quote" : `"${first}"`} that nothing closes.`;
}

function inRole(side: Readonly<Record<string, unknown>>, at: At): Fault[] {
  const labels = Object.keys(side).filter((key) => key.endsWith("_labels_expression"));
  const { request, review_requests: review, impersonate } = side;
  const loose: [At, unknown][] = [
    ...list(side["rules"]).map((rule, i): [At, unknown] => [["rules", i, "where"], rule]),
    ...list(mapping(request)["thresholds"]).map((one, i): [At, unknown] => [
      ["request", "thresholds", i, "filter"],
      one,
    ]),
    ...list(side["require_session_join"]).map((one, i): [At, unknown] => [
      ["require_session_join", i, "filter"],
      one,
    ]),
    [["review_requests", "where"], review],
    [["impersonate", "where"], impersonate],
  ];
  return [
    ...labels.flatMap((key) => faultAt([...at, key], expressionFault(text(side[key])))),
    ...loose.flatMap(([place, holder]) =>
      faultAt([...at, ...place], bracketFault(text(mapping(holder)[String(place.at(-1))]))),
    ),
  ];
}

/** Expressions in roles, login rules and workload identities. */
export const expressions: Check = (resources) => [
  ...entries(resources, "roles").flatMap(({ at, spec }) =>
    ["allow", "deny"].flatMap((side) => inRole(mapping(spec[side]), [...at, "spec", side])),
  ),
  ...entries(resources, "loginRules").flatMap(({ at, spec }) => [
    ...faultAt(
      [...at, "spec", "traits_expression"],
      expressionFault(text(spec["traits_expression"])),
    ),
    ...Object.entries(mapping(spec["traits_map"])).flatMap(([trait, values]) =>
      texts(values).flatMap(([i, value]) =>
        // required-parts.ts reports braces.
        /\{\{|\}\}/.test(value)
          ? []
          : faultAt([...at, "spec", "traits_map", trait, i], expressionFault(value)),
      ),
    ),
  ]),
  ...entries(resources, "workloadIdentities").flatMap(({ at, spec }) =>
    list(mapping(spec["rules"])["allow"]).flatMap((rule, i) =>
      faultAt(
        [...at, "spec", "rules", "allow", i, "expression"],
        bracketFault(text(mapping(rule)["expression"])),
      ),
    ),
  ),
];
