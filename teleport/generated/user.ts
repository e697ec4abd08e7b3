/** Made from the Teleport operator's CRDs by `npm run generate`; do not edit. */

export interface UserSpec {
  github_identities?: {
    connector_id?: string;
    samlSingleLogoutUrl?: string;
    user_id?: string;
    username?: string;
  }[];
  oidc_identities?: {
    connector_id?: string;
    samlSingleLogoutUrl?: string;
    user_id?: string;
    username?: string;
  }[];
  roles?: string[];
  saml_identities?: {
    connector_id?: string;
    samlSingleLogoutUrl?: string;
    user_id?: string;
    username?: string;
  }[];
  traits?: Record<string, string[]>;
  trusted_device_ids?: string[];
}
