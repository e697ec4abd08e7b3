/** Made from the Teleport operator's CRDs by `npm run generate`; do not edit. */

export interface LoginRuleSpec {
  priority?: number;
  traits_expression?: string;
  traits_map?: Record<string, string[]>;
}
