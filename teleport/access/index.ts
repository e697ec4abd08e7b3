export { accessDiff, changeText, grantDetails, type AccessChange } from "./diff";
export { grantDangers, type Danger, type AccessFinding } from "./findings";
export type { Grant, PrincipalAccess } from "./grant";
export { KIND_TEXT, refText, RESOURCE_KINDS, type AccessInput, type ResourceKind } from "./input";
export { parseRequest, rulesFor } from "./kubernetes-request";
export type { KubernetesRequest } from "./kubernetes-resources";
export { accessModel, type AccessModel } from "./model";
