/** Made from the Teleport operator's CRDs by `npm run generate`; do not edit. */

export interface BotV1Spec {
  max_session_ttl?: string;
  roles?: string[];
  traits?: {
    name?: string;
    values?: string[];
  }[];
}
