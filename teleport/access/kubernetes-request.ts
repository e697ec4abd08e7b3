import type { KubernetesAccess, KubernetesRule } from "./grant";
import { SINGULAR_KINDS } from "../kubernetes-kinds";
import { coversRequest, type KubernetesRequest } from "./kubernetes-resources";
import { PatternError } from "./pattern";

const REQUEST =
  /^\s*(\S+)\s+([^\s/.]+)(?:\.([^\s/]+))?(?:\/(\S+))?(?:\s+(?:-n|--namespace)\s+(\S+))?\s*$/;

/**
 * Reads a request in kubectl's form: `delete pods/web -n shop`, `list deployments.apps`.
 * Kinds are plural; well-known ones need no API group. No name means all objects of the
 * kind, no namespace all namespaces. Undefined for other texts.
 */
export function parseRequest(text: string): KubernetesRequest | undefined {
  const [whole, verb = "", kind = "", group, name = "", namespace = ""] = REQUEST.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const known = Object.values(SINGULAR_KINDS).find(({ plural }) => plural === kind);
  return { verb, kind, apiGroup: group ?? known?.apiGroup ?? "", name, namespace };
}

/** The rules that allow a request. The request carries their groups and users. */
export function rulesFor(access: KubernetesAccess, request: KubernetesRequest): KubernetesRule[] {
  try {
    if (access.denied.some((rule) => coversRequest(rule, request, "deny"))) return [];
    return access.rules.filter(({ resources }) =>
      resources.some((rule) => coversRequest(rule, request, "allow")),
    );
  } catch (error) {
    // Teleport refuses a request if it meets an invalid pattern.
    if (!(error instanceof PatternError)) throw error;
    return [];
  }
}
