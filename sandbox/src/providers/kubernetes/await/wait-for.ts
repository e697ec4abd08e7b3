import { at, isMap, type Props, type Value } from "../../framework.ts";
import { str } from "../objects.ts";
import { parseJsonPath, selectJsonPath } from "./jsonpath.ts";
import { READY, waiting, type Check, type Verdict } from "./types.ts";

/** Parses the annotation `pulumi.com/waitFor`: one expression or a JSON array of them, all to hold. */
export function parseWaitFor(annotation: string): Check {
  let expressions: string[] = [annotation];
  if (annotation.trim().startsWith("[")) {
    try {
      expressions = JSON.parse(annotation) as string[];
    } catch {
      expressions = [annotation];
    }
  }
  if (expressions.length === 0) {
    throw new Error("pulumi.com/waitFor: at least one condition must be specified");
  }
  const checks = expressions.map(parseExpression);
  return (live) => {
    const open = checks.map((check) => check(live)).filter((verdict) => !verdict.ready);
    return open.length === 0 ? READY : waiting(...open.flatMap((verdict) => verdict.reasons));
  };
}

function parseExpression(expression: string): (live: Props) => Verdict {
  if (expression.startsWith("jsonpath=")) return jsonPathCheck(expression.slice(9));
  if (expression.startsWith("condition=")) return conditionCheck(expression.slice(10));
  throw new Error(
    `pulumi.com/waitFor: expected a "jsonpath=" or "condition=" prefix, got ${JSON.stringify(expression)}`,
  );
}

function jsonPathCheck(expression: string): (live: Props) => Verdict {
  const parts = expression.replaceAll("==", "\0").split("=");
  const path = (parts[0] ?? "").replaceAll("\0", "==");
  const wanted = parts[1]?.replaceAll("\0", "==");
  if (parts.length > 2) {
    throw new Error(
      `pulumi.com/waitFor: format should be {.path}=value or {.path}, got ${JSON.stringify(expression)}`,
    );
  }
  if (wanted === "") throw new Error(`pulumi.com/waitFor: ${path}= requires a value`);
  const inner = /^\s*\{\s*(.*?)\s*\}\s*$/.exec(path)?.[1];
  if (inner === undefined) {
    throw new Error(`pulumi.com/waitFor: ${path} should be wrapped in brackets { ... }`);
  }
  const steps = parseJsonPath(inner);
  const goal = wanted === undefined ? path : `${path}=${wanted}`;
  return (live) => {
    const generation = at(live, "metadata.generation");
    const observed = at(live, "status.observedGeneration");
    if (typeof observed === "number" && typeof generation === "number" && observed < generation) {
      return waiting(`waiting for ${goal}: the controller has not seen this generation yet`);
    }
    const [found] = selectJsonPath(live, steps);
    if (found === undefined) return waiting(`waiting for ${goal}: ${path} selected nothing`);
    if (wanted === undefined) return READY;
    if (isMap(found) || Array.isArray(found)) {
      throw new Error(`pulumi.com/waitFor: ${path} has a non-primitive value`);
    }
    const text = scalar(found);
    return text === wanted ? READY : waiting(`waiting for ${goal}: found ${JSON.stringify(text)}`);
  };
}

const scalar = (value: Value): string =>
  typeof value === "string" ? value : value === null ? "<nil>" : JSON.stringify(value);

function conditionCheck(expression: string): (live: Props) => Verdict {
  const [type = "", wanted = "True"] = expression.split(/=(.*)/s);
  const goal = `condition ${type}=${wanted}`;
  return (live) => {
    const condition = conditionsOf(live).find(
      (item) => str(item["type"]).toLowerCase() === type.toLowerCase(),
    );
    if (!condition) return waiting(`waiting for ${goal}: the object has no such condition`);
    const generation = at(live, "metadata.generation");
    const observed = condition["observedGeneration"] ?? at(live, "status.observedGeneration");
    if (typeof observed === "number" && typeof generation === "number" && observed < generation) {
      return waiting(`waiting for ${goal}: the controller has not seen this generation yet`);
    }
    if (str(condition["status"]).toLowerCase() === wanted.toLowerCase()) return READY;
    return waiting(`waiting for ${goal}: ${describeCondition(condition)}`);
  };
}

export function conditionsOf(live: Props): Props[] {
  const conditions = at(live, "status.conditions");
  return Array.isArray(conditions) ? conditions.filter(isMap) : [];
}

/** `Ready=False (Pending): issuing certificate`. */
export function describeCondition(condition: Props): string {
  const reason = str(condition["reason"]);
  const message = str(condition["message"]);
  return (
    `${str(condition["type"])}=${str(condition["status"])}` +
    (reason ? ` (${reason})` : "") +
    (message ? `: ${message}` : "")
  );
}
