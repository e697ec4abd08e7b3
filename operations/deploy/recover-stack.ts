import * as k8s from "@kubernetes/client-node";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Settings } from "../../settings/schema";
import { CommandError } from "../base/exit-codes";
import { kubeConfig } from "../base/kube-config";
import { engineCommand, type EngineOptions } from "../engine/engine-stack";
import { kubernetesFinder } from "./find-kubernetes";
import { LockHeld } from "../engine/lock";
import {
  resolutionText,
  resolvePending,
  type Finder,
  type Found,
  type Resolution,
} from "./pending";
import { takeIntoState } from "./take-into-state";
import { forget, stuckReleases, type ReleaseName, type StuckRelease } from "./stuck-releases";
import { exportState, type StackState } from "../engine/state";

/** What an update that was cut off has left. */
export interface Leftovers {
  releases: StuckRelease[];
  pending: Resolution[];
  /** File with the state as it was; only when something was resolved. */
  backup?: string;
}

export interface RecoverOptions extends EngineOptions {
  configFile?: string;
  /** Ids of resources that were made, by URN; empty: was not made. */
  decided?: Readonly<Record<string, string>>;
}

/** Helm releases that a state has, those being made included. */
function releasesOf({ deployment }: StackState): ReleaseName[] {
  const resources = [
    ...(deployment?.resources ?? []),
    ...(deployment?.pending_operations ?? []).map(({ resource }) => resource),
  ];
  return resources
    .filter(({ type }) => type === "kubernetes:helm.sh/v3:Release")
    .flatMap(({ inputs = {} }) => {
      const { name, namespace = "default" } = inputs;
      return typeof name === "string" && typeof namespace === "string" ? [{ name, namespace }] : [];
    });
}

/** What a person has decided comes before what can be seen. */
function decider(decided: Readonly<Record<string, string>>): Finder {
  return ({ urn }): Promise<Found | undefined> => {
    const id = Object.hasOwn(decided, urn) ? decided[urn] : undefined;
    if (id === undefined) return Promise.resolve(undefined);
    return Promise.resolve(id === "" ? { state: "absent" } : { state: "exists", id });
  };
}

async function finders(settings: Settings, decided: Readonly<Record<string, string>> = {}) {
  const list: Finder[] = [decider(decided), kubernetesFinder(kubeConfig(settings))];
  if ("aws" in settings && settings.aws !== undefined) {
    const { awsFinder } = await import("./find-aws");
    list.push(awsFinder(settings.aws));
  }
  return list;
}

const coreOf = (settings: Settings) => kubeConfig(settings).makeApiClient(k8s.CoreV1Api);

/** Looks at what is left; changes nothing. */
export async function leftovers(
  state: StackState,
  settings: Settings,
  options: Pick<RecoverOptions, "decided"> = {},
): Promise<Leftovers> {
  const operations = state.deployment?.pending_operations ?? [];
  const releases = releasesOf(state);
  return {
    // The cluster is only asked when something of the stack can be in it.
    releases: releases.length === 0 ? [] : await stuckReleases(coreOf(settings), releases),
    pending:
      operations.length === 0
        ? []
        : await resolvePending(operations, await finders(settings, options.decided)),
  };
}

/** Writes a state where only its owner can read it; returns the file. */
export function backUp(stack: string, state: StackState, cwd: string, now = new Date()): string {
  const folder = path.join(cwd, ".access-plane", "backups");
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, `${stack}-${now.toISOString().replace(/[:.]/g, "-")}.json`);
  fs.writeFileSync(file, JSON.stringify(state), { mode: 0o600, flag: "wx" });
  return file;
}

function refuseUndecided(stack: string, pending: readonly Resolution[]): void {
  const open = pending.filter(({ action }) => action === "decide");
  if (open.length === 0) return;
  const lines = open.map((resolution) => `  ${resolutionText(resolution)}\n    ${resolution.urn}`);
  throw new CommandError(
    "RECOVERY",
    `an earlier update of stack ${stack} was cut off while making something, and whether that ` +
      `was made cannot be told from here:\n${lines.join("\n")}\n` +
      `Look for it, then: access-plane recover --stack ${stack} --yes --made URN=ID, or --not-made URN`,
  );
}

/**
 * Resolves what an update that was cut off has left, by what is really there: takes into the state
 * what was made, reads the rest again, forgets Helm operations that never ended. A copy of the state
 * is written first. Throws `LockHeld` while another update runs, before anything is changed.
 */
export async function recoverStack(
  stack: string,
  settings: Settings,
  options: RecoverOptions,
): Promise<Leftovers> {
  const exported = await exportState(stack, options);
  const state = JSON.parse(exported) as StackState;
  const found = await leftovers(state, settings, options);
  if (found.pending.length === 0 && found.releases.length === 0) return found;
  refuseUndecided(stack, found.pending);
  const backup = backUp(stack, state, options.cwd);
  const made = new Map(
    found.pending.flatMap(({ urn, id }) => (id === undefined ? [] : [[urn, id] as const])),
  );
  const config = options.configFile === undefined ? [] : ["--config-file", options.configFile];
  try {
    if (made.size > 0) await takeIntoState(stack, exported, made, options);
    // The refresh takes the lock: when it ends well, nobody else's update was running.
    await engineCommand(
      [
        ...["refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--color", "never"],
        ...["--stack", stack, "--message", "access-plane: resolve what was cut off"],
        ...config,
      ],
      options,
    );
  } catch (error) {
    // Nothing was changed, and the state goes on changing: this copy would be of no use.
    if (error instanceof LockHeld && made.size === 0) fs.rmSync(backup);
    throw error;
  }
  for (const release of found.releases) await forget(coreOf(settings), release);
  return { ...found, backup };
}
