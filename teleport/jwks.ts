import { isMapping } from "./values";

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
  if (keys.some((key) => "d" in key || "k" in key)) return "holds a private key";
  return keys.every(({ kty }) => typeof kty === "string")
    ? undefined
    : "holds a key without its type (kty)";
}
