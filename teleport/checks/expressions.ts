import { ExpressionError, parseExpression } from "../access/expression";
import { entries, roleSides, type Check, type Fault, type Field } from "./fault";

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

/** Expressions of one side of a role. */
function inRole(side: Field): Fault[] {
  const labels = side.entries().filter(([key]) => key.endsWith("_labels_expression"));
  const loose = [
    ...side.items("rules").map((rule) => rule.get("where")),
    ...side.items("request", "thresholds").map((one) => one.get("filter")),
    ...side.items("require_session_join").map((one) => one.get("filter")),
    side.get("review_requests", "where"),
    side.get("impersonate", "where"),
  ];
  return [
    ...labels.flatMap(([, field]) => field.fault(expressionFault(field.text))),
    ...loose.flatMap((field) => field.fault(bracketFault(field.text))),
  ];
}

/** Expressions of a login rule, except those with braces, which required-parts.ts reports. */
const inLoginRule = (spec: Field): Fault[] =>
  [
    spec.get("traits_expression"),
    ...spec
      .entries("traits_map")
      .flatMap(([, values]) => values.texts())
      .filter(({ text }) => !/\{\{|\}\}/.test(text)),
  ].flatMap((field) => field.fault(expressionFault(field.text)));

/** Expressions in roles, login rules and workload identities. */
export const expressions: Check = (resources) => [
  ...roleSides(resources).flatMap(({ conditions }) => inRole(conditions)),
  ...entries(resources, "loginRules").flatMap(({ spec }) => inLoginRule(spec)),
  ...entries(resources, "workloadIdentities")
    .flatMap(({ spec }) => spec.items("rules", "allow"))
    .map((rule) => rule.get("expression"))
    .flatMap((field) => field.fault(bracketFault(field.text))),
];
