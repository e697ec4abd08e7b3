/** Checks inputs and completes them: types, defaults and names. */
import { randomBytes } from "node:crypto";
import {
  isMap,
  Secret,
  UNKNOWN,
  type CheckCall,
  type CheckFailure,
  type CheckResult,
  type Props,
  type Value,
} from "../framework.ts";
import type { Resource } from "./definition.ts";
import type { Field, Fields } from "./fields.ts";
import type { Plain } from "./plain.ts";

export const DEFAULTS = "__defaults";

export function checkInputs<Client>(resource: Resource<Client>, call: CheckCall): CheckResult {
  const failures: CheckFailure[] = [];
  const inputs = shape(resource.fields, call.news, "", failures);
  const defaulted = addDefaults(resource.fields, inputs);
  const named = autoName(resource, call, inputs);
  if (named) defaulted.push(named);
  requireFields(resource.fields, inputs, "", failures);
  if (failures.length === 0) failures.push(...(resource.validate?.(bare(inputs)) ?? []));
  inputs[DEFAULTS] = defaulted.sort();
  return { inputs, failures };
}

/** A copy with the right types. Invalid names and types become failures. */
function shape(fields: Fields, news: Props, prefix: string, failures: CheckFailure[]): Props {
  const out: Props = {};
  for (const [key, value] of Object.entries(news)) {
    if (key === DEFAULTS || value === null) continue;
    const field = fields[key];
    if (!field || field.output) {
      failures.push({
        property: prefix + key,
        reason: `Invalid or unknown key. Examine values at '${prefix}${key}'.`,
      });
      continue;
    }
    out[key] = coerce(field, value, prefix + key, failures);
  }
  return out;
}

function coerce(field: Field, value: Value, at: string, failures: CheckFailure[]): Value {
  if (value instanceof Secret) return new Secret(coerce(field, value.value, at, failures));
  if (value === UNKNOWN || value === null) return value;
  const wrong = (wanted: string): Value => {
    failures.push({ property: at, reason: `expected ${wanted} at '${at}', got ${nameOf(value)}` });
    return value;
  };
  switch (field.kind) {
    case "any":
      return value;
    case "text":
      return typeof value === "object" ? wrong("a string") : String(value);
    case "number": {
      const parsed = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
      return typeof parsed === "number" && Number.isFinite(parsed) ? parsed : wrong("a number");
    }
    case "flag":
      if (value === "true" || value === "false") return value === "true";
      return typeof value === "boolean" ? value : wrong("a boolean");
    case "list":
    case "set": {
      if (!Array.isArray(value)) return wrong("a list");
      const of = field.of as Field;
      return value.map((item, index) => coerce(of, item, `${at}[${index}]`, failures));
    }
    case "map":
      if (!isMap(value)) return wrong("a map");
      return Object.fromEntries(
        Object.entries(value)
          .filter(([, item]) => item !== null)
          .map(([key, item]) => [key, coerce(field.of as Field, item, `${at}.${key}`, failures)]),
      );
    case "block":
      return isMap(value)
        ? shape(field.fields as Fields, value, `${at}.`, failures)
        : wrong("an object");
  }
}

function nameOf(value: Value): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : typeof value;
}

/** Fills in defaults, including nested ones. Returns the names of the filled top-level fields. */
function addDefaults(fields: Fields, inputs: Props): string[] {
  const added: string[] = [];
  for (const [key, field] of Object.entries(fields)) {
    const value = inputs[key];
    if (value === undefined) {
      if (field.default === undefined) continue;
      inputs[key] = field.default;
      added.push(key);
    } else {
      nestedDefaults(field, value);
    }
  }
  return added;
}

function nestedDefaults(field: Field, value: Value): void {
  if (value instanceof Secret) nestedDefaults(field, value.value);
  else if (field.fields && isMap(value)) addDefaults(field.fields, value);
  else if (field.of && Array.isArray(value)) {
    for (const item of value) nestedDefaults(field.of, item);
  }
}

/** Keeps the resource's generated name, or generates one. Returns the name of the filled field. */
function autoName<Client>(
  resource: Resource<Client>,
  call: CheckCall,
  inputs: Props,
): string | undefined {
  const rule = resource.autoName;
  if (!rule || inputs[rule.field] !== undefined) return undefined;
  if (rule.unless && inputs[rule.unless] !== undefined) return undefined;
  const before = call.olds[DEFAULTS];
  const old = call.olds[rule.field];
  if (old !== undefined && Array.isArray(before) && before.includes(rule.field)) {
    inputs[rule.field] = old;
  } else {
    const seed = call.randomSeed.length >= 4 ? call.randomSeed : randomBytes(4);
    const suffix = seed.toString("hex").slice(0, 7);
    inputs[rule.field] = `${call.name.slice(0, rule.max - suffix.length - 1)}-${suffix}`;
  }
  return rule.field;
}

function requireFields(fields: Fields, inputs: Props, at: string, failures: CheckFailure[]): void {
  for (const [key, field] of Object.entries(fields)) {
    const value = inputs[key];
    if (value === undefined && field.required) {
      failures.push({
        property: at + key,
        reason:
          `Missing required argument. The argument "${at}${key}" is required, ` +
          `but no definition was found.`,
      });
    }
    const nested = value instanceof Secret ? value.value : value;
    if (field.fields && nested !== undefined && isMap(nested)) {
      requireFields(field.fields, nested, `${at}${key}.`, failures);
    }
    if (field.of?.fields && Array.isArray(nested)) {
      nested.forEach((item, index) => {
        if (isMap(item)) {
          requireFields(field.of?.fields ?? {}, item, `${at}${key}[${index}].`, failures);
        }
      });
    }
  }
}

/** The known values without secret wrappers, for rules between fields. */
function bare(inputs: Props): Plain {
  return Object.fromEntries(
    Object.entries(inputs)
      .filter(([key]) => key !== DEFAULTS)
      .map(([key, value]) => [key, value instanceof Secret ? value.value : value]),
  ) as Plain;
}
