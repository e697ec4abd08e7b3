import { isMapping, type Mapping } from "./values";

/** Required fields of public keys, by type. Source: RFC 7518, RFC 8037. */
const PARTS: Record<string, readonly string[]> = {
  RSA: ["n", "e"],
  EC: ["crv", "x", "y"],
  OKP: ["crv", "x"],
};

const BASE64URL = /^[\w-]+$/;

function keyFault(key: Mapping): string | undefined {
  const { kty } = key;
  if (typeof kty !== "string") return "has a key without its type (kty)";
  const parts = Object.hasOwn(PARTS, kty) ? PARTS[kty] : undefined;
  if (parts === undefined) {
    return `has a key of type ${JSON.stringify(kty.slice(0, 20))}, but public keys are RSA, EC or OKP`;
  }
  const missing = parts.find((part) => {
    const value = key[part];
    return typeof value !== "string" || !BASE64URL.test(value);
  });
  return missing === undefined ? undefined : `has a key of type ${kty} without a valid ${missing}`;
}

/** What is wrong with a JSON Web Key Set of public keys. Undefined if nothing is. Source: RFC 7517. */
export function jwksFault(text: string): string | undefined {
  let keys: unknown;
  try {
    keys = (JSON.parse(text) as { keys?: unknown } | null)?.keys;
  } catch {
    keys = undefined;
  }
  if (!Array.isArray(keys) || keys.length === 0 || !keys.every(isMapping)) {
    return "is not a JSON Web Key Set (a mapping with keys)";
  }
  if (keys.some((key) => "d" in key || "k" in key || key["kty"] === "oct")) {
    return "has a private key";
  }
  return keys.map(keyFault).find((fault) => fault !== undefined);
}
