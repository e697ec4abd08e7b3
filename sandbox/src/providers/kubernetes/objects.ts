import { at, isMap, UNKNOWN, type Props, type Value } from "../framework.ts";

/** A Kubernetes object's kind. */
export interface Kind {
  apiVersion: string;
  kind: string;
}

/** API groups whose objects the API server itself defaults and normalises. */
const BUILT_IN =
  /^(v1|(apps|batch|policy|autoscaling|extensions)\/v\d\w*|(admissionregistration|apiextensions|apiregistration|authentication|authorization|certificates|coordination|discovery|events|flowcontrol\.apiserver|networking|node|rbac\.authorization|resource|scheduling|storage)\.k8s\.io\/v\d\w*)$/;

export const isBuiltIn = (apiVersion: string): boolean => BUILT_IN.test(apiVersion);

/** Kind from a Pulumi type token (`kubernetes:core/v1:Service`, `…:ServicePatch`). */
export function kindOfToken(token: string): Kind {
  const [, module = "", type = ""] = token.split(":");
  const apiVersion = module.replace(/^core\//, "").replace(/^(meta\/)/, "");
  return { apiVersion, kind: type };
}

/** True for `*Patch` resources: the token's type is the object's kind with `Patch` appended. */
export function isPatchToken(token: string, kind: string | undefined): boolean {
  const type = token.split(":")[2] ?? "";
  return kind ? type === `${kind}Patch` : type.endsWith("Patch");
}

export const str = (value: Value | undefined): string => (typeof value === "string" ? value : "");
export const nameOf = (obj: Props): string => str(at(obj, "metadata.name"));
export const namespaceOf = (obj: Props): string => str(at(obj, "metadata.namespace"));
export const kindOf = (obj: Props): Kind => ({
  apiVersion: str(obj["apiVersion"]),
  kind: str(obj["kind"]),
});
export const isSecretKind = (obj: Props): boolean =>
  obj["kind"] === "Secret" && obj["apiVersion"] === "v1";
export const isCrd = (obj: Props): boolean => obj["kind"] === "CustomResourceDefinition";

/** `namespace/name`, or `name` for objects without a namespace. */
export function idOf(obj: Props): string {
  const namespace = namespaceOf(obj);
  return namespace ? `${namespace}/${nameOf(obj)}` : nameOf(obj);
}

/** Splits an id; a bare name belongs to `default` when the kind is namespaced. */
export function parseId(id: string): { namespace: string; name: string } {
  const slash = id.indexOf("/");
  return slash < 0
    ? { namespace: "", name: id }
    : { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}

/** The metadata map of an object (empty when it has none). */
export function metadataOf(obj: Props): Props {
  return isMap(obj["metadata"]) ? obj["metadata"] : {};
}

/** The map without one member. */
export const without = (map: Props, key: string): Props =>
  Object.fromEntries(Object.entries(map).filter(([name]) => name !== key));

/** Value of an annotation, "" when absent or unknown. */
export function annotation(obj: Props, key: string): string {
  const annotations = metadataOf(obj)["annotations"];
  const value = isMap(annotations) ? annotations[key] : undefined;
  return typeof value === "string" ? value : value === true ? "true" : "";
}
export const isTrue = (obj: Props, key: string): boolean => annotation(obj, key) === "true";

/** The object with some metadata members replaced; undefined removes a member. */
export function withMetadata(obj: Props, changes: Record<string, Value | undefined>): Props {
  const merged = Object.entries({ ...metadataOf(obj), ...changes });
  const kept = merged.filter((entry): entry is [string, Value] => entry[1] !== undefined);
  return { ...obj, metadata: Object.fromEntries(kept) };
}

export function withAnnotation(obj: Props, key: string, value: string): Props {
  const annotations = metadataOf(obj)["annotations"];
  return withMetadata(obj, {
    annotations: { ...(isMap(annotations) ? annotations : {}), [key]: value },
  });
}

const READ_ONLY = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "selfLink",
  "uid",
];

/** The object without the metadata that only the API server sets. */
export function withoutServerMetadata(obj: Props): Props {
  if (!isMap(obj["metadata"])) return obj;
  return withMetadata(obj, Object.fromEntries(READ_ONLY.map((key) => [key, undefined])));
}

/** The object without nulls, as it is sent to the API server. */
export function withoutNulls(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMap(value)) return value;
  const entries = Object.entries(value).filter(([, v]) => v !== null && v !== UNKNOWN);
  return Object.fromEntries(entries.map(([k, v]) => [k, withoutNulls(v)]));
}

/** JSON-schema keys that Pulumi spells with underscores (`x_kubernetes_validations`). */
export function renameKeys(value: Value, direction: "toApi" | "fromApi"): Value {
  if (Array.isArray(value)) return value.map((item) => renameKeys(item, direction));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      direction === "toApi"
        ? /^x_kubernetes_/.test(key)
          ? key.replaceAll("_", "-")
          : key
        : /^x-kubernetes-/.test(key)
          ? key.replaceAll("-", "_")
          : key,
      renameKeys(inner, direction),
    ]),
  );
}
