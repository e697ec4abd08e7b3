import { stringify } from "yaml";
import { isMapping } from "../../teleport/values";

/** Inputs that the Kubernetes provider adds. */
const NOISE = new Set(["__defaults", "__initialApiVersion", "__fieldManager"]);
const ANNOTATIONS = /^pulumi\.com\//;

function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned);
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => !NOISE.has(key) && !ANNOTATIONS.test(key) && item !== null)
      .map(([key, item]) => [key, cleaned(item)]),
  );
}

/** YAML with sorted keys, so that the same values always result in the same text. */
export function yamlText(value: unknown): string {
  const plain = cleaned(value ?? {});
  if (isMapping(plain) && Object.keys(plain).length === 0) return "";
  return stringify(plain, { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false });
}
