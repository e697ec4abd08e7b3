import { accessModel, type AccessModel } from "./model";
import { accessInput } from "./settings-input";
import type { AccessSettings } from "./settings-shape";

export { accessDiff, changeText, grantDetails, type AccessChange } from "./diff";
export { grantDangers, type Danger, type AccessFinding } from "./findings";
export type { Grant } from "./grant";
export { KIND_TEXT, refText, RESOURCE_KINDS, type AccessInput, type ResourceKind } from "./input";
export { parseRequest, rulesFor } from "./kubernetes-request";
export type { KubernetesRequest } from "./kubernetes-resources";
export { accessModel, type AccessModel } from "./model";
export type { PrincipalAccess } from "./principal-access";
export { accessInput } from "./settings-input";
export type { AccessSettings } from "./settings-shape";

/** Who can reach what, from a stack's settings alone. */
export function accessOf(settings: AccessSettings): AccessModel {
  return accessModel(accessInput(settings));
}
