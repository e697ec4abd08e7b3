/** Made from the Teleport operator's CRDs by `npm run generate`; do not edit. */

export interface OIDCConnectorSpec {
  acr_values?: string;
  allow_unverified_email?: boolean;
  claims_to_roles?: {
    claim?: string;
    roles?: string[];
    value?: string;
  }[];
  client_id?: string;
  client_redirect_settings?: {
    allowed_https_hostnames?: string[];
    insecure_allowed_cidr_ranges?: string[];
  };
  client_secret?: string;
  display?: string;
  entra_id_groups_provider?: {
    disabled?: boolean;
    graph_endpoint?: string;
    group_type?: string;
  };
  google_admin_email?: string;
  google_service_account?: string;
  google_service_account_uri?: string;
  issuer_url?: string;
  max_age?: string;
  mfa?: {
    acr_values?: string;
    client_id?: string;
    client_secret?: string;
    enabled?: boolean;
    max_age?: string;
    prompt?: string;
    request_object_mode?: string;
  };
  pkce_mode?: string;
  prompt?: string;
  provider?: string;
  redirect_url?: string[];
  request_object_mode?: string;
  scope?: string[];
  user_matchers?: string[];
  username_claim?: string;
}
