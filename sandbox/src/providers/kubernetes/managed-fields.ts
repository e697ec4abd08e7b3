import { getPath, isMap, parsePath, type Props, type Value } from "../framework.ts";
import { isTrue, metadataOf, str, without } from "./objects.ts";

/**
 * Writers whose fields the provider takes over before it applies: people at kubectl, and this
 * provider's own creations (which are plain creates, so that an existing object is an error).
 */
const ADOPTED = [
  "kubectl",
  "before-first-apply",
  "pulumi-kubernetes",
  "pulumi-resource-kubernetes",
];
export const CREATOR = "pulumi-kubernetes";

function entriesOf(live: Props): Props[] {
  const entries = metadataOf(live)["managedFields"];
  return Array.isArray(entries) ? entries.filter(isMap) : [];
}

const isAdopted = (entry: Props, manager: string): boolean => {
  const writer = str(entry["manager"]);
  const subresource = str(entry["subresource"]);
  if (writer.startsWith("kubectl")) return subresource === "" || subresource === "scale";
  if (subresource !== "") return false;
  if (writer === manager) return entry["operation"] === "Update";
  const known = writer === "pulumi-kubernetes.exe" || ADOPTED.includes(writer);
  return entry["operation"] === "Update" && known;
};

/** A JSON patch that makes `manager` the applier of all adopted writers' fields, if there are any. */
export function adoptionPatch(live: Props, manager: string): Props[] | undefined {
  const entries = entriesOf(live);
  const adopted = entries.filter((entry) => isAdopted(entry, manager));
  if (adopted.length === 0) return undefined;
  const own = entries.find(
    (entry) => entry["manager"] === manager && entry["operation"] === "Apply",
  );
  const fields = [...(own ? [own] : []), ...adopted].map((entry) => entry["fieldsV1"]);
  const merged: Props = {
    ...(own ?? adopted.find((entry) => !entry["subresource"]) ?? adopted[0]),
    manager,
    operation: "Apply",
    fieldsV1: fields.reduce<Value>((all, one) => union(all, one ?? {}), {}),
  };
  delete merged["subresource"];
  const rest = entries.filter((entry) => entry !== own && !adopted.includes(entry));
  return [
    { op: "replace", path: "/metadata/managedFields", value: [...rest, merged] },
    {
      op: "replace",
      path: "/metadata/resourceVersion",
      value: metadataOf(live)["resourceVersion"] ?? "",
    },
  ];
}

/** The union of two field sets (both are tries of `f:`, `k:`, `v:` keys). */
function union(a: Value, b: Value): Value {
  if (!isMap(a)) return b;
  if (!isMap(b)) return a;
  const out: Props = { ...a };
  for (const [key, value] of Object.entries(b)) out[key] = union(out[key] ?? {}, value);
  return out;
}

/** Whether an apply may take fields from other managers. */
export function mayForce(
  inputs: Props,
  live: Props | undefined,
  options: { patchForce: boolean; preview: boolean },
): boolean {
  if (isTrue(inputs, "pulumi.com/patchForce") || options.patchForce) return true;
  if (!live) return options.preview;
  const entries = entriesOf(live);
  if (entries.length === 0) return true;
  return options.preview && entries.some((entry) => isAdopted(entry, ""));
}

/**
 * `ignoreChanges` under server-side apply: a member somebody else owns is not applied at all, a
 * member of ours keeps its live value.
 */
export function applyIgnored(
  object: Props,
  live: Props,
  manager: string,
  ignore: readonly string[],
): Props {
  let out = object;
  for (const path of ignore) {
    const keys = parsePath(path);
    const owners = entriesOf(live).filter((entry) => owns(entry["fieldsV1"], keys));
    const ours = owners.some((entry) => isAdopted(entry, manager) || entry["manager"] === manager);
    const value = getPath(live, keys);
    out = setPath(out, keys, owners.length > 0 && !ours ? undefined : value) as Props;
  }
  return out;
}

function owns(fields: Value | undefined, keys: readonly (string | number)[]): boolean {
  let at: Value | undefined = fields;
  for (const key of keys) {
    if (!isMap(at)) return false;
    if (typeof key === "number") return true;
    at = at[`f:${key}`];
  }
  return at !== undefined;
}

function setPath(
  value: Value | undefined,
  keys: readonly (string | number)[],
  replacement: Value | undefined,
): Value | undefined {
  const [key, ...rest] = keys;
  if (key === undefined) return replacement;
  if (Array.isArray(value) && typeof key === "number") {
    return value.flatMap((item, index) => {
      if (index !== key) return [item];
      const next = setPath(item, rest, replacement);
      return next === undefined ? [] : [next];
    });
  }
  if (!isMap(value)) return value;
  const next = setPath(value[String(key)], rest, replacement);
  const others = without(value, String(key));
  return next === undefined ? others : { ...others, [String(key)]: next };
}
