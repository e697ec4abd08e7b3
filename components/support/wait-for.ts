/**
 * Annotations that make the Kubernetes provider wait for a custom resource until all expressions hold.
 * Source: `pulumi.com/waitFor` of that provider, which takes JSONPath (RFC 9535). The last expression is about the
 * annotations themselves: while an API server is busy, the provider may get the object as it was before the update. If
 * only annotations changed, as after an adoption, all else holds for that one, and each preview would show the change.
 */
export function waitFor(expressions: string | string[], timeoutSeconds: number) {
  const written = `jsonpath={$.metadata.annotations['${TIMEOUT}']}=${timeoutSeconds}`;
  return {
    "pulumi.com/waitFor": JSON.stringify([expressions, written].flat()),
    [TIMEOUT]: String(timeoutSeconds),
  };
}

const TIMEOUT = "pulumi.com/timeoutSeconds";

/**
 * Expression: a condition is True for the current generation. Without the generation, an update would see the
 * condition of the previous spec. No blanks around `&&`: the provider's parser (theory/jsonpath 0.9) refuses them.
 */
export const currentCondition = (type: string): string =>
  `jsonpath={$.status.conditions[?@.type==${JSON.stringify(type)}&&@.status=="True"&&` +
  "@.observedGeneration==$.metadata.generation]}";

/**
 * Expressions: Vault Secrets Operator has delivered the Secret for the current generation. `status` has
 * `lastGeneration`, and `secretMAC` after the first delivery (VaultStaticSecret,
 * secrets.hashicorp.com/v1beta1; no conditions up to 0.10).
 */
export const SYNCED: string[] = [
  "jsonpath={.status.secretMAC}",
  "jsonpath={$[?@.lastGeneration==$.metadata.generation]}",
];
