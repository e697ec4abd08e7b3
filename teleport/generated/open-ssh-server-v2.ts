/** Made from the Teleport operator's CRDs by `npm run generate`; do not edit. */

export interface OpenSSHServerV2Spec {
  addr?: string;
  cloud_metadata?: {
    aws?: {
      account_id?: string;
      instance_id?: string;
      integration?: string;
      region?: string;
      subnet_id?: string;
      vpc_id?: string;
    };
  };
  github?: {
    integration?: string;
    organization?: string;
  };
  hostname?: string;
  peer_addr?: string;
  proxy_ids?: string[];
  public_addrs?: string[];
  relay_group?: string;
  relay_ids?: string[];
  rotation?: {
    current_id?: string;
    grace_period?: string;
    last_rotated?: string;
    mode?: string;
    phase?: string;
    schedule?: {
      standby?: string;
      update_clients?: string;
      update_servers?: string;
    };
    started?: string;
    state?: string;
  };
  use_tunnel?: boolean;
  version?: string;
}

export type OpenSSHEICEServerV2Spec = OpenSSHServerV2Spec;
