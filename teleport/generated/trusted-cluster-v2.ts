/** Made from the Teleport operator's CRDs by `npm run generate`; do not edit. */

export interface TrustedClusterV2Spec {
  enabled?: boolean;
  role_map?: {
    local?: string[];
    remote?: string;
  }[];
  token?: string;
  tunnel_addr?: string;
  web_proxy_addr?: string;
}
