import { get } from "../../teleport/values";

/** Pulumi URNs and type tokens: `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`. */

/** Type token of a Helm release. */
export const RELEASE_TYPE = "kubernetes:helm.sh/v3:Release";

/** Types of the components around a resource, outermost first, and its own type last. */
export function typeChain(urn: string): string[] {
  return urn.split("::", 3)[2]?.split("$") ?? [];
}

/** The resource's own type. */
export const urnType = (urn: string): string => typeChain(urn).at(-1) ?? "";

/** The resource's name in the program. */
export function urnName(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** Short type, such as `ServicePatch` for `kubernetes:core/v1:ServicePatch`. */
export const shortType = (type: string): string => type.split(":").at(-1) ?? type;

/** Type and name of a URN, such as `Release teleport`. */
export const shortUrn = (urn: string): string =>
  `${shortType(urnType(urn))} ${urnName(urn)}`.trim();

const STACK = "pulumi:pulumi:Stack";

/** True for a component or the stack itself. */
export const isGroup = (type: string): boolean =>
  type.startsWith("access-plane:") || type === STACK;

/**
 * Finds the part of the plane that a resource belongs to: the resource itself, or its component, directly below
 * the stack's root component. `parentOf` returns the URN of a parent.
 */
export function partFinder(parentOf: (urn: string) => string | undefined): (urn: string) => string {
  // Thousands of apps have one parent. Undefined where each child is a part of its own.
  const below = new Map<string, string | undefined>();
  const partBelow = (parent: string): string | undefined => {
    if (below.has(parent)) return below.get(parent);
    // A URN contains the types of all parents, but only a plan's contains the stack's type.
    const types = typeChain(parent).filter((type) => type !== STACK);
    const part = types.length <= 1 && isGroup(urnType(parent)) ? undefined : partOf(parent);
    below.set(parent, part);
    return part;
  };
  const partOf = (urn: string): string => {
    if (urnType(urn).startsWith("pulumi:providers:")) return "providers";
    const parent = parentOf(urn);
    return (parent === undefined ? undefined : partBelow(parent)) ?? urnName(urn);
  };
  return partOf;
}

/** Name and namespace of the Kubernetes object that a resource's inputs describe. */
export function objectPlace(
  type: string,
  inputs: unknown,
): { name: string; namespace?: string } | undefined {
  const place = shortType(type) === "Release" ? inputs : get(inputs, "metadata");
  const [name, namespace] = [get(place, "name"), get(place, "namespace")];
  if (!type.startsWith("kubernetes:") || typeof name !== "string") return undefined;
  return { name, namespace: typeof namespace === "string" ? namespace : undefined };
}
