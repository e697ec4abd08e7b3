/** Pulumi URNs and type tokens: `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`. */

/** Types of the components that a resource is in, outermost first, and its own type last. */
export function typeChain(urn: string): string[] {
  return urn.split("::")[2]?.split("$") ?? [];
}

/** The resource's own type. */
export const urnType = (urn: string): string => typeChain(urn).at(-1) ?? "";

/** The resource's name in the program. */
export function urnName(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** Short type: `ServicePatch` of `kubernetes:core/v1:ServicePatch`. */
export const shortType = (type: string): string => type.split(":").at(-1) ?? type;

/** `Release teleport` of a URN. */
export const shortUrn = (urn: string): string =>
  `${shortType(urnType(urn))} ${urnName(urn)}`.trim();

/** A component or the stack itself: only a group of resources. */
export const isGroup = (type: string): boolean =>
  type.startsWith("access-plane:") || type === "pulumi:pulumi:Stack";
