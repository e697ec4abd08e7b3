/** Made from the Teleport operator's CRDs by `npm run generate`; do not edit. */

export interface DatabaseV3Spec {
  ad?: {
    domain?: string;
    kdc_host_name?: string;
    keytab_file?: string;
    krb5_file?: string;
    ldap_cert?: string;
    ldap_service_account_name?: string;
    ldap_service_account_sid?: string;
    spn?: string;
  };
  admin_user?: {
    default_database?: string;
    name?: string;
  };
  aws?: {
    account_id?: string;
    assume_role_arn?: string;
    docdb?: {
      cluster_id?: string;
      endpoint_type?: string;
      instance_id?: string;
    };
    elasticache?: {
      endpoint_type?: string;
      replication_group_id?: string;
      transit_encryption_enabled?: boolean;
      user_group_ids?: string[];
    };
    elasticache_serverless?: {
      cache_name?: string;
    };
    external_id?: string;
    iam_policy_status?: number | string;
    memorydb?: {
      acl_name?: string;
      cluster_name?: string;
      endpoint_type?: string;
      tls_enabled?: boolean;
    };
    opensearch?: {
      domain_id?: string;
      domain_name?: string;
      endpoint_type?: string;
    };
    rds?: {
      cluster_id?: string;
      iam_auth?: boolean;
      instance_id?: string;
      resource_id?: string;
      security_groups?: string[];
      subnets?: string[];
      vpc_id?: string;
    };
    rdsproxy?: {
      custom_endpoint_name?: string;
      name?: string;
      resource_id?: string;
    };
    redshift?: {
      cluster_id?: string;
    };
    redshift_serverless?: {
      endpoint_name?: string;
      workgroup_id?: string;
      workgroup_name?: string;
    };
    region?: string;
    secret_store?: {
      key_prefix?: string;
      kms_key_id?: string;
    };
    session_tags?: {
      key?: string;
      value?: string;
    };
  };
  azure?: {
    is_flexi_server?: boolean;
    name?: string;
    redis?: {
      clustering_policy?: string;
    };
    resource_id?: string;
  };
  ca_cert?: string;
  dynamic_labels?: {
    key?: string;
    value?: {
      command?: string[];
      period?: string;
      result?: string;
    };
  };
  gcp?: {
    alloydb?: {
      endpoint_override?: string;
      endpoint_type?: string;
    };
    instance_id?: string;
    project_id?: string;
  };
  mongo_atlas?: {
    name?: string;
  };
  mysql?: {
    server_version?: string;
  };
  oracle?: {
    audit_user?: string;
    retry_count?: number;
    shuffle_hostnames?: boolean;
  };
  protocol?: string;
  tls?: {
    ca_cert?: string;
    mode?: number | string;
    server_name?: string;
    trust_system_cert_pool?: boolean;
  };
  uri?: string;
}
