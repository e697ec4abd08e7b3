/** Made from the Teleport operator's CRDs by `npm run generate`; do not edit. */

export interface OktaImportRuleSpec {
  mappings?: {
    add_labels?: {
      key?: string;
      value?: string;
    };
    match?: {
      app_ids?: string[];
      app_name_regexes?: string[];
      group_ids?: string[];
      group_name_regexes?: string[];
    }[];
  }[];
  priority?: number;
}
