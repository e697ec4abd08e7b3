import type {
  PlaneSettings,
  Settings,
  SettingsOf,
  SettingsWithAgents,
} from "../../settings/schema";
import type { AwsReader } from "../clients/aws";
import type { ChartSourceReader } from "../clients/charts";
import type { DatabaseReader } from "../clients/database";
import type { KubeReader } from "../clients/kubernetes";
import type { Network } from "../clients/network";
import type { RecordingsReader } from "../clients/recordings";
import type { StackReader } from "../clients/stack";
import type { VaultReader } from "../clients/vault";

/** What checks of any kind of stack look at. */
export interface StackContext {
  settings: Settings;
  kubernetes: KubeReader;
  /** Undefined where only the settings are known, not the stack. */
  stack?: StackReader;
  /** Environment of the shell that asks, for the commands of remedies. Default: not known. */
  env?: NodeJS.ProcessEnv;
  /** Asked before an update, which may be what mends a fault. Default: false. */
  preflight?: boolean;
  now: () => Date;
  /** Dumps of the databases that the caller names, before a major version. Default: none. */
  backups?: readonly string[];
}

/** What checks of a catalogue of apps look at. */
export interface AppsContext extends StackContext {
  settings: SettingsOf<"apps">;
}

/** What checks of agents look at: settings, and clients that only read. Tests give their own. */
export interface Context extends StackContext {
  settings: SettingsWithAgents;
  vault: VaultReader;
  network: Network;
  charts: ChartSourceReader;
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
