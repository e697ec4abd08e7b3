import { isSecret, scrub } from "../../settings/secret-shapes";
import { isMapping } from "../../teleport/values";

/** Stands where a secret value was. */
export const SECRET = "[secret]";

/** Stands where an engine does not know a value yet. */
export const UNKNOWN = "(known when deployed)";

/** The engine's mark for such a value, in inputs that it prints. */
const ENGINE_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** Wraps a secret in a state: `{ "<key>": "<signature>", "ciphertext"|"plaintext": … }`. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
/** A header whose value is a credential, unless it is a placeholder that the agent renders. */
const HEADER =
  /^((?:proxy-)?authorization|cookie|[\w-]*(?:token|secret|password|api-?key)): (?!.*@@[\w.-]+\/[\w.-]+@@)/i;
const DATA = new Set(["data", "stringData"]);

function maskedText(text: string): string {
  if (text === ENGINE_UNKNOWN) return UNKNOWN;
  const header = HEADER.exec(text);
  if (header !== null) return `${header[1] ?? ""}: ${SECRET}`;
  return isSecret(text) ? SECRET : scrub(text);
}

/** A value without secrets: those that Pulumi marks, those that look like one. */
export function masked(value: unknown): unknown {
  if (typeof value === "string") return maskedText(value);
  if (Array.isArray(value)) return value.map(masked);
  if (!isMapping(value)) return value;
  if (value[SIGNATURE] === SECRET_SIGNATURE) return SECRET;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, masked(item)]));
}

/** Inputs of a resource without secrets; a Kubernetes Secret shows the names of its keys only. */
export function maskedInputs(type: string, inputs: unknown): Record<string, unknown> | undefined {
  if (!isMapping(inputs)) return undefined;
  const plain = masked(inputs) as Record<string, unknown>;
  if (type !== "kubernetes:core/v1:Secret" && type !== "vault:kv/secretV2:SecretV2") return plain;
  return Object.fromEntries(
    Object.entries(plain).map(([key, value]) => {
      if (key === "dataJson") return [key, SECRET];
      if (!DATA.has(key)) return [key, value];
      return [
        key,
        isMapping(value)
          ? Object.fromEntries(Object.keys(value).map((name) => [name, SECRET]))
          : SECRET,
      ];
    }),
  );
}
