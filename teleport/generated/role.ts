/** Made from the Teleport operator's CRDs by `npm run generate`; do not edit. */

export interface RoleSpec {
  allow?: {
    account_assignments?: {
      account?: string;
      permission_set?: string;
    }[];
    app_labels?: Record<string, string | string[]>;
    app_labels_expression?: string;
    aws_role_arns?: string[];
    azure_identities?: string[];
    cluster_labels?: Record<string, string | string[]>;
    cluster_labels_expression?: string;
    db_labels?: Record<string, string | string[]>;
    db_labels_expression?: string;
    db_names?: string[];
    db_permissions?: {
      match?: Record<string, string | string[]>;
      permissions?: string[];
    }[];
    db_roles?: string[];
    db_service_labels?: Record<string, string | string[]>;
    db_service_labels_expression?: string;
    db_users?: string[];
    desktop_groups?: string[];
    gcp_service_accounts?: string[];
    github_permissions?: {
      orgs?: string[];
    }[];
    group_labels?: Record<string, string | string[]>;
    group_labels_expression?: string;
    host_groups?: string[];
    host_sudoers?: string[];
    impersonate?: {
      roles?: string[];
      users?: string[];
      where?: string;
    };
    join_sessions?: {
      kinds?: string[];
      modes?: string[];
      name?: string;
      roles?: string[];
    }[];
    kubernetes_groups?: string[];
    kubernetes_labels?: Record<string, string | string[]>;
    kubernetes_labels_expression?: string;
    kubernetes_resources?: {
      api_group?: string;
      kind?: string;
      name?: string;
      namespace?: string;
      verbs?: string[];
    }[];
    kubernetes_users?: string[];
    logins?: string[];
    mcp?: {
      tools?: string[];
    };
    node_labels?: Record<string, string | string[]>;
    node_labels_expression?: string;
    request?: {
      annotations?: Record<string, string[]>;
      claims_to_roles?: {
        claim?: string;
        roles?: string[];
        value?: string;
      }[];
      kubernetes_resources?: {
        api_group?: string;
        kind?: string;
      }[];
      max_duration?: string;
      reason?: {
        mode?: string;
      };
      roles?: string[];
      search_as_roles?: string[];
      suggested_reviewers?: string[];
      thresholds?: {
        approve?: number;
        deny?: number;
        filter?: string;
        name?: string;
      }[];
    };
    require_session_join?: {
      count?: number;
      filter?: string;
      kinds?: string[];
      modes?: string[];
      name?: string;
      on_leave?: string;
    }[];
    review_requests?: {
      claims_to_roles?: {
        claim?: string;
        roles?: string[];
        value?: string;
      }[];
      preview_as_roles?: string[];
      roles?: string[];
      where?: string;
    };
    rules?: {
      actions?: string[];
      resources?: string[];
      verbs?: string[];
      where?: string;
    }[];
    spiffe?: {
      dns_sans?: string[];
      ip_sans?: string[];
      path?: string;
    }[];
    windows_desktop_labels?: Record<string, string | string[]>;
    windows_desktop_labels_expression?: string;
    windows_desktop_logins?: string[];
    workload_identity_labels?: Record<string, string | string[]>;
    workload_identity_labels_expression?: string;
  };
  deny?: {
    account_assignments?: {
      account?: string;
      permission_set?: string;
    }[];
    app_labels?: Record<string, string | string[]>;
    app_labels_expression?: string;
    aws_role_arns?: string[];
    azure_identities?: string[];
    cluster_labels?: Record<string, string | string[]>;
    cluster_labels_expression?: string;
    db_labels?: Record<string, string | string[]>;
    db_labels_expression?: string;
    db_names?: string[];
    db_permissions?: {
      match?: Record<string, string | string[]>;
      permissions?: string[];
    }[];
    db_roles?: string[];
    db_service_labels?: Record<string, string | string[]>;
    db_service_labels_expression?: string;
    db_users?: string[];
    desktop_groups?: string[];
    gcp_service_accounts?: string[];
    github_permissions?: {
      orgs?: string[];
    }[];
    group_labels?: Record<string, string | string[]>;
    group_labels_expression?: string;
    host_groups?: string[];
    host_sudoers?: string[];
    impersonate?: {
      roles?: string[];
      users?: string[];
      where?: string;
    };
    join_sessions?: {
      kinds?: string[];
      modes?: string[];
      name?: string;
      roles?: string[];
    }[];
    kubernetes_groups?: string[];
    kubernetes_labels?: Record<string, string | string[]>;
    kubernetes_labels_expression?: string;
    kubernetes_resources?: {
      api_group?: string;
      kind?: string;
      name?: string;
      namespace?: string;
      verbs?: string[];
    }[];
    kubernetes_users?: string[];
    logins?: string[];
    mcp?: {
      tools?: string[];
    };
    node_labels?: Record<string, string | string[]>;
    node_labels_expression?: string;
    request?: {
      annotations?: Record<string, string[]>;
      claims_to_roles?: {
        claim?: string;
        roles?: string[];
        value?: string;
      }[];
      kubernetes_resources?: {
        api_group?: string;
        kind?: string;
      }[];
      max_duration?: string;
      reason?: {
        mode?: string;
      };
      roles?: string[];
      search_as_roles?: string[];
      suggested_reviewers?: string[];
      thresholds?: {
        approve?: number;
        deny?: number;
        filter?: string;
        name?: string;
      }[];
    };
    require_session_join?: {
      count?: number;
      filter?: string;
      kinds?: string[];
      modes?: string[];
      name?: string;
      on_leave?: string;
    }[];
    review_requests?: {
      claims_to_roles?: {
        claim?: string;
        roles?: string[];
        value?: string;
      }[];
      preview_as_roles?: string[];
      roles?: string[];
      where?: string;
    };
    rules?: {
      actions?: string[];
      resources?: string[];
      verbs?: string[];
      where?: string;
    }[];
    spiffe?: {
      dns_sans?: string[];
      ip_sans?: string[];
      path?: string;
    }[];
    windows_desktop_labels?: Record<string, string | string[]>;
    windows_desktop_labels_expression?: string;
    windows_desktop_logins?: string[];
    workload_identity_labels?: Record<string, string | string[]>;
    workload_identity_labels_expression?: string;
  };
  options?: {
    cert_extensions?: {
      mode?: number | string;
      name?: string;
      type?: number | string;
      value?: string;
    }[];
    cert_format?: string;
    client_idle_timeout?: string;
    create_db_user?: boolean;
    create_db_user_mode?: number | string;
    create_desktop_user?: boolean;
    create_host_user?: boolean;
    create_host_user_default_shell?: string;
    create_host_user_mode?: number | string;
    desktop_clipboard?: boolean;
    desktop_directory_sharing?: boolean;
    device_trust_mode?: string;
    disconnect_expired_cert?: boolean;
    enhanced_recording?: string[];
    forward_agent?: boolean;
    idp?: {
      saml?: {
        enabled?: boolean;
      };
    };
    lock?: string;
    max_connections?: number;
    max_kubernetes_connections?: number;
    max_session_ttl?: string;
    max_sessions?: number;
    mfa_verification_interval?: string;
    permit_x11_forwarding?: boolean;
    pin_source_ip?: boolean;
    port_forwarding?: boolean;
    record_session?: {
      default?: string;
      desktop?: boolean;
      ssh?: string;
    };
    request_access?: string;
    request_prompt?: string;
    require_session_mfa?: number | string;
    ssh_file_copy?: boolean;
    ssh_port_forwarding?: {
      local?: {
        enabled?: boolean;
      };
      remote?: {
        enabled?: boolean;
      };
    };
  };
}

export type RoleV6Spec = RoleSpec;
export type RoleV7Spec = RoleSpec;
export type RoleV8Spec = RoleSpec;
