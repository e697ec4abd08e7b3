/** Property values as providers see them: plain JSON plus `Secret` wrappers and the `UNKNOWN` sentinel. */

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const RESOURCE_SIGNATURE = "5cf8f73096256a8f31e491e813e4eb8e";
const UNKNOWN_MARKS = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);
const UNKNOWN_MARK = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A value that is not known until an update runs (previews only). */
export const UNKNOWN: unique symbol = Symbol("unknown");

/** A value the engine must encrypt in state and hide on screen. */
export class Secret {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value instanceof Secret ? value.value : value;
  }
}

export type Value =
  | null
  | boolean
  | number
  | string
  | typeof UNKNOWN
  | Secret
  | Value[]
  | { [key: string]: Value };
export type Props = { [key: string]: Value };

/** True for a plain map (not an array, secret or sentinel). */
export function isMap(value: unknown): value is Props {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret)
  );
}

/** Wire form → values. */
export function decode(wire: unknown): Value {
  if (typeof wire === "string") return UNKNOWN_MARKS.has(wire) ? UNKNOWN : wire;
  if (Array.isArray(wire)) return wire.map(decode);
  if (typeof wire !== "object" || wire === null) return (wire ?? null) as Value;
  const map = wire as Record<string, unknown>;
  switch (map[SIGNATURE]) {
    case undefined:
      return Object.fromEntries(Object.entries(map).map(([k, v]) => [k, decode(v)]));
    case SECRET_SIGNATURE:
      return new Secret(decode(map["value"]));
    case OUTPUT_SIGNATURE: {
      const value = "value" in map ? decode(map["value"]) : UNKNOWN;
      return map["secret"] ? new Secret(value) : value;
    }
    case RESOURCE_SIGNATURE:
      return decode(map["id"] ?? map["urn"]);
    default:
      throw new Error("assets and archives are not supported by this stand-in provider");
  }
}

/** Values → wire form, without undefined members. */
export function encode(value: Value | undefined): unknown {
  if (value === UNKNOWN) return UNKNOWN_MARK;
  if (value === undefined) return null;
  if (value instanceof Secret) {
    return { [SIGNATURE]: SECRET_SIGNATURE, value: encode(value.value) };
  }
  if (Array.isArray(value)) return value.map(encode);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value as Record<string, Value | undefined>)
      .filter(([, v]) => v !== undefined)
      .map(([k, v]) => [k, encode(v)]),
  );
}

/** The value without any secret wrapper at any depth. */
export function unwrap(value: Value): Value {
  if (value instanceof Secret) return unwrap(value.value);
  if (Array.isArray(value)) return value.map(unwrap);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, unwrap(v)]));
}

/** `unwrap` for a whole property map. */
export function plain(props: Props | undefined): Props {
  return unwrap(props ?? {}) as Props;
}

/** True when an unknown is anywhere inside. */
export function hasUnknown(value: Value | undefined): boolean {
  if (value === UNKNOWN) return true;
  if (value instanceof Secret) return hasUnknown(value.value);
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isMap(value) && Object.values(value).some(hasUnknown);
}

/** Marks parts of `target` secret wherever `source` is secret at the same path. */
export function inheritSecrets<T extends Value>(target: T, source: Value | undefined): T {
  return inherit(target, source) as T;
}

function inherit(target: Value, source: Value | undefined): Value {
  if (target instanceof Secret || source === undefined) return target;
  if (source instanceof Secret) return new Secret(target);
  if (Array.isArray(target) && Array.isArray(source)) {
    return target.map((item, index) => inherit(item, source[index]));
  }
  if (isMap(target) && isMap(source)) {
    return Object.fromEntries(
      Object.entries(target).map(([key, value]) => [key, inherit(value, source[key])]),
    );
  }
  return target;
}

/** Wraps the named top-level members as secrets, where present. */
export function markSecret(props: Props, keys: readonly string[]): Props {
  const out = { ...props };
  for (const key of keys) {
    const value = out[key];
    if (value !== undefined && value !== null) out[key] = new Secret(value);
  }
  return out;
}

/** A provider setting. The SDK sends everything except strings as JSON text. */
export function setting(config: Props, key: string): Value | undefined {
  const value = unwrap(config[key] ?? null);
  if (value === null) return undefined;
  if (typeof value !== "string") return value;
  if (/^\s*[[{"]/.test(value) || /^(true|false|-?\d+(\.\d+)?)$/.test(value)) {
    try {
      return JSON.parse(value) as Value;
    } catch {
      return value;
    }
  }
  return value;
}
