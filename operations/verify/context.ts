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

/** Input of checks of any stack. */
export interface StackContext {
  settings: Settings;
  kubernetes: KubeReader;
  /** Undefined if only the settings are known. */
  stack?: StackReader;
  /** Environment of the caller's shell, for commands in remedies. Default: not known. */
  env?: NodeJS.ProcessEnv;
  /** True before an update, because the update may solve the problem. Default: false. */
  preflight?: boolean;
  now: () => Date;
  /** Database dumps that the caller names before a major version. Default: none. */
  backups?: readonly string[];
}

/** Input of checks of a catalogue of apps. */
export interface AppsContext extends StackContext {
  settings: SettingsOf<"apps">;
}

/** Input of checks of agents: settings, and read-only clients. Tests pass their own. */
export interface Context extends StackContext {
  settings: SettingsWithAgents;
  vault: VaultReader;
  network: Network;
  charts: ChartSourceReader;
}

/** Input of checks of a whole plane. */
export interface PlaneContext extends Context {
  settings: PlaneSettings;
  /** Undefined without a load balancer. */
  aws?: AwsReader;
  /** Undefined without an AWS account. */
  recordings?: RecordingsReader;
  database: DatabaseReader;
}

export const isPlane = (context: Context): context is PlaneContext =>
  context.settings.kind === "plane";
