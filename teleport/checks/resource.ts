import type { RoleVersion, TeleportKind } from "../resources/kinds";
import { KINDS, kindInfo } from "../resources/kinds";
import { durations } from "./durations";
import type { Check } from "./fault";
import { joinMethods } from "./join-methods";
import { kubernetesResources } from "./kubernetes-resources";
import { labelSelectors } from "./label-selectors";
import { names } from "./names";
import { traitTemplates } from "./traits";

/** Checks that need nothing but the resource itself. */
const ALONE: readonly Check[] = [
  names,
  kubernetesResources,
  joinMethods,
  durations,
  labelSelectors,
  traitTemplates,
];

/** Where the checks of one resource know nothing of a plane. */
const NOWHERE = { edition: "enterprise", clusterName: "", ownRoles: [] } as const;

/**
 * What Teleport would refuse of one resource, each fault with its place in the spec; for resources
 * that a program declares itself. Nothing is said of a spec that holds outputs.
 */
export function resourceFaults(kind: TeleportKind, name: string, spec: unknown): string[] {
  const version: RoleVersion | undefined = kindInfo(kind).roleVersion as RoleVersion | undefined;
  const declared = { [KINDS[kind].collection]: { [name]: { version, spec } } };
  return ALONE.flatMap((check) => check(declared, NOWHERE))
    .filter(({ warning }) => warning !== true)
    .map(({ at, message }) => `${at.slice(2).join(".")} ${message}`.trimStart());
}
