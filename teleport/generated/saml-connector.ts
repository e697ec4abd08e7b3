/** Made from the Teleport operator's CRDs by `npm run generate`; do not edit. */

export interface SAMLConnectorSpec {
  acs?: string;
  allow_idp_initiated?: boolean;
  assertion_key_pair?: {
    cert?: string;
    private_key?: string;
  };
  attributes_to_roles?: {
    name?: string;
    roles?: string[];
    value?: string;
  }[];
  audience?: string;
  cert?: string;
  client_redirect_settings?: {
    allowed_https_hostnames?: string[];
    insecure_allowed_cidr_ranges?: string[];
  };
  display?: string;
  entity_descriptor?: string;
  entity_descriptor_url?: string;
  force_authn?: number | string;
  issuer?: string;
  mfa?: {
    cert?: string;
    enabled?: boolean;
    entity_descriptor?: string;
    entity_descriptor_url?: string;
    force_authn?: number | string;
    issuer?: string;
    sso?: string;
  };
  preferred_request_binding?: string;
  provider?: string;
  service_provider_issuer?: string;
  signing_key_pair?: {
    cert?: string;
    private_key?: string;
  };
  single_logout_url?: string;
  sso?: string;
  user_matchers?: string[];
}
