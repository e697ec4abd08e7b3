/** Made from the Teleport operator's CRDs by `npm run generate`; do not edit. */

export interface AutoupdateVersionV1Spec {
  agents?: {
    mode?: string;
    schedule?: string;
    start_version?: string;
    target_version?: string;
  };
  tools?: {
    target_version?: string;
  };
}
