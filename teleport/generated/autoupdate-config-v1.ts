/** Made from the Teleport operator's CRDs by `npm run generate`; do not edit. */

export interface AutoupdateConfigV1Spec {
  agents?: {
    maintenance_window_duration?: string;
    mode?: string;
    schedules?: {
      regular?: {
        canary_count?: number;
        days?: string[];
        name?: string;
        start_hour?: number;
        wait_hours?: number;
      }[];
    };
    strategy?: string;
  };
  tools?: {
    mode?: string;
  };
}
