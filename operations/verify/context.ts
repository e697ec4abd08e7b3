import type { PlaneSettings, SettingsWithAgents } from "../../settings/schema";
import type { AwsReader } from "./clients/aws";
import type { ChartSourceReader } from "./clients/charts";
import type { DatabaseReader } from "./clients/database";
import type { KubeReader } from "./clients/kubernetes";
import type { Network } from "./clients/network";
import type { RecordingsReader } from "./clients/recordings";
import type { StackReader } from "./clients/stack";
import type { VaultReader } from "./clients/vault";

/** What checks look at: settings, and clients that only read. Tests give their own. */
export interface Context {
  settings: SettingsWithAgents;
  kubernetes: KubeReader;
  vault: VaultReader;
  network: Network;
  charts: ChartSourceReader;
  /** Undefined where only the settings are known, not the stack. */
  stack?: StackReader;
  /** Asked before an update, which may be what mends a fault. Default: false. */
  preflight?: boolean;
  now: () => Date;
}

/** What checks of a whole plane look at. */
export interface PlaneContext extends Context {
  settings: PlaneSettings;
  /** Undefined without a load balancer. */
  aws?: AwsReader;
  /** Undefined without an AWS account. */
  recordings?: RecordingsReader;
  database: DatabaseReader;
}

/** Whether a context is that of a plane. */
export const isPlane = (context: Context): context is PlaneContext =>
  context.settings.kind === "plane";
