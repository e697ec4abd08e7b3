/** Compares the program's inputs with the state, field by field. */
import {
  changeKind,
  formatPath,
  isMap,
  UNKNOWN,
  type Change,
  type ChangeKind,
  type Props,
  type Value,
} from "../framework.ts";
import type { Field, Fields } from "./fields.ts";

type Keys = readonly (string | number)[];
export interface FieldChange extends Change {
  replace: boolean;
}

/** Every difference that an update has to correct. */
export function compare(fields: Fields, olds: Props, news: Props): FieldChange[] {
  const changes: FieldChange[] = [];
  compareMembers(fields, olds, news, [], false, changes);
  return changes;
}

function compareMembers(
  fields: Fields,
  olds: Props,
  news: Props,
  keys: Keys,
  replace: boolean,
  out: FieldChange[],
): void {
  for (const [key, field] of Object.entries(fields)) {
    if (field.output || field.writeOnly) continue;
    compareField(field, olds[key], news[key], [...keys, key], replace || !!field.replace, out);
  }
}

function compareField(
  field: Field,
  old: Value | undefined,
  now: Value | undefined,
  keys: Keys,
  replace: boolean,
  out: FieldChange[],
): void {
  const add = (kind: ChangeKind) => out.push({ path: formatPath(keys), keys, kind, replace });
  if (now === undefined || now === null) {
    if (field.computed || isEmpty(old)) return;
    if (field.default !== undefined && same(field, old, field.default)) return;
    add("delete");
  } else if (now === UNKNOWN) {
    add(old === undefined ? "add" : "update");
  } else if (field.kind === "block" && isMap(now)) {
    const before = isMap(old) ? old : {};
    compareMembers(field.fields as Fields, before, now, keys, replace, out);
  } else if (field.kind === "map" && isMap(now)) {
    compareMaps(isMap(old) ? old : {}, now, keys, replace, out);
  } else if (!same(field, old, now)) {
    add(isEmpty(old) && old !== false && old !== 0 ? "add" : "update");
  }
}

function compareMaps(old: Props, now: Props, keys: Keys, replace: boolean, out: FieldChange[]) {
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const [before, after] = [old[key], now[key]];
    if (before === after && after !== UNKNOWN) continue;
    const path = [...keys, key];
    out.push({ path: formatPath(path), keys: path, kind: changeKind(before, after), replace });
  }
}

/** True for a value that means the same as an absent one. */
export function isEmpty(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isMap(value) && Object.values(value).every(isEmpty);
}

/** Equality by the field's own rules. */
export function same(field: Field, old: Value | undefined, now: Value | undefined): boolean {
  if (old === UNKNOWN || now === UNKNOWN) return false;
  if (isEmpty(old) && isEmpty(now)) return true;
  if (old === undefined || now === undefined || old === null || now === null) {
    return false;
  }
  if (field.same) return field.same(old, now);
  if (field.kind === "list" && Array.isArray(old) && Array.isArray(now)) {
    return (
      old.length === now.length && old.every((item, i) => same(field.of as Field, item, now[i]))
    );
  }
  if (field.kind === "set" && Array.isArray(old) && Array.isArray(now)) {
    return sameSet(field.of as Field, old, now);
  }
  if (field.kind === "block" || field.kind === "map") {
    const changes: FieldChange[] = [];
    compareField({ ...field, same: undefined }, old, now, ["-"], false, changes);
    return changes.length === 0;
  }
  if (typeof old === "object" || typeof now === "object") {
    return JSON.stringify(old) === JSON.stringify(now);
  }
  return old === now || String(old) === String(now);
}

function sameSet(of: Field, old: Value[], now: Value[]): boolean {
  const left = [...old];
  const distinct = now.filter((item, i) => now.findIndex((other) => same(of, other, item)) === i);
  if (left.length !== distinct.length) return false;
  return distinct.every((item) => {
    const at = left.findIndex((candidate) => same(of, candidate, item));
    if (at < 0) return false;
    left.splice(at, 1);
    return true;
  });
}
