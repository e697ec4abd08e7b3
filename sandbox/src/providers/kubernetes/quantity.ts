import type { Value } from "../framework.ts";

const HOLDERS =
  /^(requests|limits|capacity|hard|allocatable|overhead|min|max|default|defaultRequest)$/;
const UNITS: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A resource quantity as a number (`500m` → 0.5); undefined when it is none. */
export function quantity(value: Value | undefined): number | undefined {
  const match = /^([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)([numkMGTPE]i?|Ki)?$/.exec(
    typeof value === "number" ? String(value) : typeof value === "string" ? value : "",
  );
  const factor = match ? UNITS[match[2] ?? ""] : undefined;
  return match && factor !== undefined ? Number(match[1]) * factor : undefined;
}

/** True when both are the same quantity in a place that holds quantities. */
export function sameQuantity(
  keys: readonly (string | number)[],
  a: Value | undefined,
  b: Value | undefined,
): boolean {
  const holder = keys.at(-2);
  const place =
    HOLDERS.test(String(holder)) || /^(sizeLimit|averageValue)$/.test(String(keys.at(-1)));
  if (!place || a === undefined || b === undefined) return false;
  const left = quantity(a);
  return left !== undefined && left === quantity(b);
}
