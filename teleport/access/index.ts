import { accessModel, type AccessModel } from "./model";
import { accessInput, type AccessSettings } from "./settings-input";

export { accessDiff, changeText, grantDetails, type AccessChange } from "./diff";
export { grantDangers, type Danger, type Finding } from "./findings";
export type { Grant } from "./grant";
export { KIND_TEXT, refText, RESOURCE_KINDS, type AccessInput, type ResourceKind } from "./input";
export { parseRequest, rulesFor } from "./kubernetes-request";
export type { KubernetesRequest } from "./kubernetes-resources";
export { accessModel, type AccessModel, type PrincipalAccess } from "./model";
export { accessInput, type AccessSettings } from "./settings-input";

/** Who can reach what, from a stack's settings alone. */
export function accessOf(settings: AccessSettings): AccessModel {
  return accessModel(accessInput(settings));
}
