/** Made from the Teleport operator's CRDs by `npm run generate`; do not edit. */

export interface ProvisionTokenSpec {
  allow?: {
    aws_account?: string;
    aws_arn?: string;
    aws_regions?: string[];
    aws_role?: string;
  }[];
  aws_iid_ttl?: string;
  azure?: {
    allow?: {
      resource_groups?: string[];
      subscription?: string;
    }[];
  };
  azure_devops?: {
    allow?: {
      definition_id?: string;
      pipeline_name?: string;
      project_id?: string;
      project_name?: string;
      repository_ref?: string;
      repository_uri?: string;
      repository_version?: string;
      sub?: string;
    }[];
    organization_id?: string;
  };
  bitbucket?: {
    allow?: {
      branch_name?: string;
      deployment_environment_uuid?: string;
      repository_uuid?: string;
      workspace_uuid?: string;
    }[];
    audience?: string;
    identity_provider_url?: string;
  };
  bot_name?: string;
  bound_keypair?: {
    onboarding?: {
      initial_public_key?: string;
      must_register_before?: string;
      registration_secret?: string;
    };
    recovery?: {
      limit?: number;
      mode?: string;
    };
    rotate_after?: string;
  };
  circleci?: {
    allow?: {
      context_id?: string;
      project_id?: string;
    }[];
    organization_id?: string;
  };
  gcp?: {
    allow?: {
      locations?: string[];
      project_ids?: string[];
      service_accounts?: string[];
    }[];
  };
  github?: {
    allow?: {
      actor?: string;
      environment?: string;
      ref?: string;
      ref_type?: string;
      repository?: string;
      repository_owner?: string;
      sub?: string;
      workflow?: string;
    }[];
    enterprise_server_host?: string;
    enterprise_slug?: string;
    static_jwks?: string;
  };
  gitlab?: {
    allow?: {
      ci_config_ref_uri?: string;
      ci_config_sha?: string;
      deployment_tier?: string;
      environment?: string;
      environment_protected?: boolean;
      namespace_path?: string;
      pipeline_source?: string;
      project_path?: string;
      project_visibility?: string;
      ref?: string;
      ref_protected?: boolean;
      ref_type?: string;
      sub?: string;
      user_email?: string;
      user_id?: string;
      user_login?: string;
    }[];
    domain?: string;
    static_jwks?: string;
  };
  join_method?: string;
  kubernetes?: {
    allow?: {
      service_account?: string;
    }[];
    oidc?: {
      insecure_allow_http_issuer?: boolean;
      issuer?: string;
    };
    static_jwks?: {
      jwks?: string;
    };
    type?: string;
  };
  oracle?: {
    allow?: {
      parent_compartments?: string[];
      regions?: string[];
      tenancy?: string;
    }[];
  };
  roles?: string[];
  spacelift?: {
    allow?: {
      caller_id?: string;
      caller_type?: string;
      scope?: string;
      space_id?: string;
    }[];
    enable_glob_matching?: boolean;
    hostname?: string;
  };
  suggested_agent_matcher_labels?: Record<string, string | string[]>;
  suggested_labels?: Record<string, string | string[]>;
  terraform_cloud?: {
    allow?: {
      organization_id?: string;
      organization_name?: string;
      project_id?: string;
      project_name?: string;
      run_phase?: string;
      workspace_id?: string;
      workspace_name?: string;
    }[];
    audience?: string;
    hostname?: string;
  };
  tpm?: {
    allow?: {
      description?: string;
      ek_certificate_serial?: string;
      ek_public_hash?: string;
    }[];
    ekcert_allowed_cas?: string[];
  };
}
