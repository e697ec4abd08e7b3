/** Made from the Teleport operator's CRDs by `npm run generate`; do not edit. */

export interface AppV3Spec {
  UserGroups?: string[];
  aws?: {
    external_id?: string;
    roles_anywhere_profile?: {
      accept_role_session_name?: boolean;
      profile_arn?: string;
    };
  };
  cloud?: string;
  cors?: {
    allow_credentials?: boolean;
    allowed_headers?: string[];
    allowed_methods?: string[];
    allowed_origins?: string[];
    exposed_headers?: string[];
    max_age?: number;
  };
  dynamic_labels?: {
    key?: string;
    value?: {
      command?: string[];
      period?: string;
      result?: string;
    };
  };
  identity_center?: {
    account_id?: string;
    permission_sets?: {
      arn?: string;
      assignment_name?: string;
      name?: string;
    }[];
  };
  insecure_skip_verify?: boolean;
  integration?: string;
  mcp?: {
    args?: string[];
    command?: string;
    run_as_host_user?: string;
  };
  public_addr?: string;
  required_app_names?: string[];
  rewrite?: {
    headers?: {
      name?: string;
      value?: string;
    }[];
    jwt_claims?: string;
    redirect?: string[];
  };
  tcp_ports?: {
    end_port?: number;
    port?: number;
  }[];
  uri?: string;
  use_any_proxy_public_addr?: boolean;
}
