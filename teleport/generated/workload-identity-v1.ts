/** Made from the Teleport operator's CRDs by `npm run generate`; do not edit. */

export interface WorkloadIdentityV1Spec {
  rules?: {
    allow?: {
      conditions?: {
        attribute?: string;
        eq?: {
          value?: string;
        };
        in?: {
          values?: string[];
        };
        not_eq?: {
          value?: string;
        };
        not_in?: {
          values?: string[];
        };
      }[];
      expression?: string;
    }[];
  };
  spiffe?: {
    hint?: string;
    id?: string;
    jwt?: {
      extra_claims?: Record<string, unknown>;
      maximum_ttl?: string;
    };
    x509?: {
      dns_sans?: string[];
      maximum_ttl?: string;
      subject_template?: {
        common_name?: string;
        organization?: string;
        organizational_unit?: string;
      };
    };
  };
}
