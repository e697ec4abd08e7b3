import * as fs from "node:fs";
import type { PlaneSettings, SettingsOf, SettingsWithAgents } from "../../settings/schema";
import { kubeConfig } from "../base/kube-config";
import { LiveAws } from "../clients/aws";
import { LiveCharts, TELEPORT_CHARTS } from "../clients/charts";
import { LiveDatabase } from "../clients/database";
import { LiveKubernetes } from "../clients/kubernetes";
import { LiveNetwork } from "../clients/network";
import { LiveRecordings } from "../clients/recordings";
import type { LiveStack } from "../clients/stack";
import { LiveVault } from "../clients/vault";
import type { AppsContext, Context, PlaneContext } from "./context";

/** Arguments besides the settings. */
export interface LiveArgs {
  /** The caller's environment. Vault needs VAULT_ADDR and VAULT_TOKEN, Pulumi may need any of it. */
  env: NodeJS.ProcessEnv;
  /** Folder of the program. */
  cwd: string;
  /** Name of the stack. Default: checks that need its state are skipped. */
  stack?: string;
  /** Settings file instead of `Pulumi.<stack>.yaml`. */
  configFile?: string;
  /** `HOST:PORT` of PostgreSQL from here, such as a port-forward. */
  databaseAddress?: string;
  /** Dumps of the databases, before a major version. */
  backups?: readonly string[];
  /** PEM file with authorities to trust besides the machine's. */
  caFile?: string;
}

/** Clients for checks of a catalogue of apps. */
export function liveApps(
  settings: SettingsOf<"apps">,
  args: LiveArgs,
  stack?: LiveStack,
): AppsContext {
  return {
    settings,
    kubernetes: new LiveKubernetes(() => kubeConfig(settings)),
    stack,
    env: args.env,
    now: () => new Date(),
  };
}

/** Clients for all systems in a stack's settings. They cache, so each run creates new ones. */
export function liveContext(
  settings: SettingsWithAgents,
  args: LiveArgs,
  stack?: LiveStack,
): Context {
  const ca = args.caFile === undefined ? [] : [fs.readFileSync(args.caFile, "utf8")];
  const { address, namespace } = settings.vault;
  const context: Context = {
    settings,
    kubernetes: new LiveKubernetes(() => kubeConfig(settings)),
    vault: new LiveVault({
      address: address ?? args.env["VAULT_ADDR"] ?? "https://127.0.0.1:8200",
      token: args.env["VAULT_TOKEN"] ?? "",
      namespace,
    }),
    network: new LiveNetwork({ ca }),
    charts: new LiveCharts(args.cwd, TELEPORT_CHARTS),
    stack,
    env: args.env,
    now: () => new Date(),
    backups: args.backups,
  };
  return settings.kind === "plane" ? planeContext(context, settings, args) : context;
}

function planeContext(context: Context, settings: PlaneSettings, args: LiveArgs): PlaneContext {
  const { aws, loadBalancer, database } = settings;
  return {
    ...context,
    settings,
    aws: aws && loadBalancer && new LiveAws(aws),
    recordings: aws && new LiveRecordings(aws),
    database: new LiveDatabase({
      database,
      namespace: settings.namespace.name,
      kubernetes: context.kubernetes,
      ca: context.network.trusted,
      address: args.databaseAddress === undefined ? undefined : hostPort(args.databaseAddress),
    }),
  };
}

/** `HOST:PORT`, an IPv6 address in brackets. */
export function hostPort(text: string): { host: string; port: number } {
  const [, host, port] = /^\[?([^\]]+?)\]?:(\d+)$/.exec(text) ?? [];
  if (host === undefined || port === undefined) {
    throw new Error(`"${text}" is not an address: write HOST:PORT, such as 127.0.0.1:15432`);
  }
  return { host, port: Number(port) };
}
