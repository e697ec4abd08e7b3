import { isMapping, type Mapping } from "./values";

/** What a public key of each type has (RFC 7518, RFC 8037). */
const PARTS: Record<string, readonly string[]> = {
  RSA: ["n", "e"],
  EC: ["crv", "x", "y"],
  OKP: ["crv", "x"],
};

const BASE64URL = /^[\w-]+$/;

function keyFault(key: Mapping): string | undefined {
  const { kty } = key;
  if (typeof kty !== "string") return "holds a key without its type (kty)";
  const parts = Object.hasOwn(PARTS, kty) ? PARTS[kty] : undefined;
  if (parts === undefined) {
    return `holds a key of type ${JSON.stringify(kty.slice(0, 20))}, and public keys are RSA, EC or OKP`;
  }
  const missing = parts.find((part) => {
    const value = key[part];
    return typeof value !== "string" || !BASE64URL.test(value);
  });
  return missing === undefined
    ? undefined
    : `holds a key of type ${kty} without a valid ${missing}`;
}

/** What is wrong with a JSON Web Key Set (RFC 7517) of public keys; undefined if nothing is. */
export function jwksFault(text: string): string | undefined {
  let keys: unknown;
  try {
    keys = (JSON.parse(text) as { keys?: unknown } | null)?.keys;
  } catch {
    keys = undefined;
  }
  if (!Array.isArray(keys) || keys.length === 0 || !keys.every(isMapping)) {
    return "is no JSON Web Key Set (a mapping with keys)";
  }
  if (keys.some((key) => "d" in key || "k" in key || key["kty"] === "oct")) {
    return "holds a private key";
  }
  return keys.map(keyFault).find((fault) => fault !== undefined);
}
