/** Made from the Teleport operator's CRDs by `npm run generate`; do not edit. */

export interface AccessListSpec {
  audit?: {
    next_audit_date?: string;
    notifications?: {
      start?: string;
    };
    recurrence?: {
      day_of_month?: number | string;
      frequency?: number | string;
    };
  };
  description?: string;
  grants?: {
    roles?: string[];
    traits?: Record<string, string[]>;
  };
  membership_requires?: {
    roles?: string[];
    traits?: Record<string, string[]>;
  };
  owner_grants?: {
    roles?: string[];
    traits?: Record<string, string[]>;
  };
  owners?: {
    description?: string;
    ineligible_status?: number | string;
    membership_kind?: number | string;
    name?: string;
  }[];
  ownership_requires?: {
    roles?: string[];
    traits?: Record<string, string[]>;
  };
  title?: string;
  type?: string;
}
