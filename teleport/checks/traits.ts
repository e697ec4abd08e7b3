import { isRegExp } from "../access/pattern";
import { INTERNAL_TRAITS } from "../access/traits";
import { quoted } from "../quoted";
import { roleSides, type Check, type Fault, type Field } from "./fault";

/**
 * Templates in roles, such as `{{external.groups}}` (lib/utils/parse). Teleport only logs what it
 * cannot read and leaves the value out, so that people have less access than it looks.
 */

/** One template in a value, with optional text around it. */
const TEMPLATE = /^[^{}]*\{\{\s*([^{}]*?)\s*\}\}[^{}]*$/;
const VARIABLE = /^(external|internal)(?:\.([A-Za-z_][\w-]*)|\[\s*"((?:[^"\\]|\\.)+)"\s*\])$/;
const FUNCTION =
  /^(email\.local|regexp\.replace)\(\s*(.*?)\s*(?:,\s*"(?:[^"\\]|\\.)*"\s*,\s*"(?:[^"\\]|\\.)*"\s*)?\)$/;
const MATCHER = /^regexp\.(not_)?match\(\s*"(?:[^"\\]|\\.)*"\s*\)$/;

/** What is wrong with a function's regular expression, its first argument. */
function patternFault(call: string): string | undefined {
  const [, source = ""] = /"((?:[^"\\]|\\.)*)"/.exec(call) ?? [];
  if (/\\(?![abfnrtvxuU0-7\\"])/.test(call.replaceAll("\\\\", ""))) {
    return "has a single backslash in a text: write two.";
  }
  const pattern = source.replace(/\\(.)/g, "$1");
  return isRegExp(pattern)
    ? undefined
    : "has a pattern that is not a regular expression of Go (RE2): correct it.";
}

/** What is wrong with the inner part of a template. */
function expressionFault(expression: string): string | undefined {
  const variable = VARIABLE.exec(expression);
  if (variable !== null) {
    const [, namespace, dotted, bracketed] = variable;
    const name = dotted ?? bracketed ?? "";
    if (namespace === "internal" && !INTERNAL_TRAITS.includes(name)) {
      return `names internal.${name}, which Teleport does not have: use external.${name}, or one of internal's ${INTERNAL_TRAITS.join(", ")}.`;
    }
    return undefined;
  }
  const call = FUNCTION.exec(expression);
  if (call !== null) {
    const three = /,\s*"(?:[^"\\]|\\.)*"\s*,\s*"(?:[^"\\]|\\.)*"\s*\)$/.test(expression);
    if ((call[1] === "regexp.replace") !== three) {
      return `calls ${call[1] ?? ""} with ${three ? "too many" : "too few"} arguments: write email.local(VARIABLE) or regexp.replace(VARIABLE, "PATTERN", "TEXT").`;
    }
    return patternFault(expression) ?? expressionFault(call[2] ?? "");
  }
  if (MATCHER.test(expression)) return patternFault(expression);
  if (/^(external|internal)/.test(expression)) {
    return 'is not a variable: write external.NAME, or external["NAME"] for names with other characters.';
  }
  const word = /^[A-Za-z_]\w*/.exec(expression)?.[0];
  return `${word === undefined ? "is a text," : `names ${quoted(word)},`} which Teleport does not expand: use external.NAME, internal.NAME, email.local(…) or regexp.replace(…).`;
}

/** What is wrong with the template in a value of a role or a header; undefined for plain text too. */
export function templateFault(
  value: string,
  where: "role" | "header" = "role",
): string | undefined {
  if (!value.includes("{{") && !value.includes("}}")) return undefined;
  const [, expression] = TEMPLATE.exec(value) ?? [];
  if (expression === undefined) {
    const several = (value.match(/\{\{/g) ?? []).length > 1;
    if (several && where === "header") {
      return "has more than one template, but Teleport expands one per value.";
    }
    return several
      ? "has more than one template, but Teleport expands one per value: split it into two values."
      : "has half a template: write {{external.NAME}}.";
  }
  if (where === "header" && MATCHER.test(expression)) {
    return "has a condition, which a header cannot be.";
  }
  return expressionFault(expression);
}

function walk(field: Field): Fault[] {
  if (typeof field.value === "string") {
    const fault = templateFault(field.value);
    return field.fault(fault && `is ${quoted(field.value)}, which ${fault}`);
  }
  return [
    ...field.items().flatMap(walk),
    ...field.entries().flatMap(([key, below]) => {
      const fault = templateFault(key);
      return [...below.fault(fault && `is a key that ${fault}`), ...walk(below)];
    }),
  ];
}

/** Fields of roles with predicates in another language. */
const PREDICATES = /(_expression|^where|^filter)$/;

/** Templates in the conditions of roles. */
export const traitTemplates: Check = (resources) =>
  roleSides(resources)
    .flatMap(({ conditions }) => walk(conditions))
    .filter(({ at }) => !at.some((part) => typeof part === "string" && PREDICATES.test(part)));
