/** Converts between API responses, state and inputs. */
import { isMap, Secret, UNKNOWN, type Props, type Value } from "../framework.ts";
import { DEFAULTS } from "./check.ts";
import { isEmpty, same } from "./compare.ts";
import type { Resource } from "./definition.ts";
import type { Field, Fields } from "./fields.ts";

/** Inputs without the bookkeeping of defaults. */
export function wanted<T extends Props>(inputs: T): T {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => key !== DEFAULTS)) as T;
}

/** State after an operation: the API's response, and values that only the program has. */
export function stateOf<Client>(resource: Resource<Client>, told: Props, known: Props): Props {
  const out: Props = {};
  for (const [key, field] of Object.entries(resource.fields)) {
    if (field.writeOnly) continue;
    const value = told[key] ?? (field.kept ? known[key] : undefined);
    if (value === undefined || value === null) continue;
    out[key] = isMap(value) && isMap(known[key]) ? keepMembers(field, value, known[key]) : value;
  }
  return arrange(resource.fields, out, known);
}

function keepMembers(field: Field, value: Props, known: Props): Props {
  const out = { ...value };
  for (const [key, member] of Object.entries(field.fields ?? {})) {
    const before = known[key];
    if (member.kept && out[key] === undefined && before !== undefined) out[key] = before;
  }
  return out;
}

/** Puts sets into the program's order, so that the state looks like the program. */
function arrange(fields: Fields, out: Props, known: Props): Props {
  for (const [key, field] of Object.entries(fields)) {
    const [value, before] = [out[key], known[key]];
    if (field.kind !== "set" || !Array.isArray(value) || !Array.isArray(before)) continue;
    const place = (item: Value) => {
      const at = before.findIndex((other) => same(field.of as Field, item, other));
      return at < 0 ? before.length : at;
    };
    out[key] = [...value].sort((a, b) => place(a) - place(b));
  }
  return out;
}

/** State in a preview, in which future values are unknown. */
export function previewState<Client>(
  resource: Resource<Client>,
  planned: Props,
  news: Props,
  olds?: Props,
): Props {
  const out: Props = {};
  for (const [key, field] of Object.entries(resource.fields)) {
    if (field.writeOnly) continue;
    const value = planned[key] ?? news[key];
    if (value !== undefined) out[key] = value;
    else if (olds) {
      const old = olds[key];
      if ((field.output || field.computed) && old !== undefined) out[key] = old;
    } else if (field.output || field.computed) out[key] = UNKNOWN;
  }
  return out;
}

/** Inputs after a read: a refresh corrects the program's inputs, and an import derives them. */
export function inputsOf<Client>(resource: Resource<Client>, outs: Props, before: Props): Props {
  const importing = Object.keys(before).length === 0;
  const inputs: Props = { [DEFAULTS]: before[DEFAULTS] ?? [] };
  for (const [key, field] of Object.entries(resource.fields)) {
    if (field.output) continue;
    const now = outs[key];
    const was = before[key];
    if (importing) {
      const isDefault = field.default !== undefined && same(field, now, field.default);
      if (now !== undefined && !isDefault && (field.required || !isEmpty(now))) {
        inputs[key] = importable(field, now);
      }
    } else if (was !== undefined) {
      const lost = now === undefined && !field.writeOnly && !field.kept && !isEmpty(was);
      if (lost) continue;
      inputs[key] = now !== undefined && !same(field, now, was) ? now : was;
    }
  }
  return inputs;
}

/** Members of an imported block that are inputs and not empty. */
function importable(field: Field, value: Value): Value {
  if (field.fields && isMap(value)) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key, item]) => {
          const member = field.fields?.[key];
          return member && !member.output && (member.required || !isEmpty(item));
        })
        .map(([key, item]) => [key, importable(field.fields?.[key] as Field, item)]),
    );
  }
  if (field.of && Array.isArray(value)) {
    return value.map((item) => importable(field.of as Field, item));
  }
  return value;
}

/** Marks fields that the tables declare as secret, at any depth. */
export function seal(fields: Fields, props: Props): Props {
  const out = { ...props };
  for (const [key, field] of Object.entries(fields)) {
    const value = out[key];
    if (value === undefined || value === null || value instanceof Secret) continue;
    if (field.secret) out[key] = new Secret(value);
    else if (field.fields && isMap(value)) out[key] = seal(field.fields, value);
  }
  return out;
}
