/**
 * Annotations that make the Kubernetes provider wait for a custom resource. Expressions are those of
 * `pulumi.com/waitFor`: JSONPath as RFC 9535 has it, all of which must hold.
 */
export function waitFor(expressions: string | string[], timeoutSeconds: number) {
  return {
    "pulumi.com/waitFor":
      typeof expressions === "string" ? expressions : JSON.stringify(expressions),
    "pulumi.com/timeoutSeconds": String(timeoutSeconds),
  };
}

/**
 * A condition that is True of the object as it is now. Without the generation an update would find
 * the condition of the spec before it. No blanks around `&&`: the provider's parser
 * (theory/jsonpath 0.9) takes none before the second.
 */
export const currentCondition = (type: string): string =>
  `jsonpath={$.status.conditions[?@.type==${JSON.stringify(type)}&&@.status=="True"&&` +
  "@.observedGeneration==$.metadata.generation]}";

/**
 * Vault Secrets Operator has delivered the Secret for the object as it is now: `status` has
 * `lastGeneration` and, once anything was delivered, `secretMAC` (VaultStaticSecret,
 * secrets.hashicorp.com/v1beta1; it has no conditions up to 0.10).
 */
export const SYNCED: string[] = [
  "jsonpath={.status.secretMAC}",
  "jsonpath={$[?@.lastGeneration==$.metadata.generation]}",
];
