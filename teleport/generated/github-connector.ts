/** Made from the Teleport operator's CRDs by `npm run generate`; do not edit. */

export interface GithubConnectorSpec {
  api_endpoint_url?: string;
  client_id?: string;
  client_redirect_settings?: {
    allowed_https_hostnames?: string[];
    insecure_allowed_cidr_ranges?: string[];
  };
  client_secret?: string;
  display?: string;
  endpoint_url?: string;
  redirect_url?: string;
  teams_to_roles?: {
    organization?: string;
    roles?: string[];
    team?: string;
  }[];
  user_matchers?: string[];
}
