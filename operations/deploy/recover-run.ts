import type { Settings } from "../../settings/schema";
import { shortUrn } from "../base/urn";
import type { EngineOptions } from "../engine/engine-stack";
import type { Operation } from "../engine/run-operation";
import type { PendingOperation } from "../engine/state";
import type { Interrupted } from "./interrupted";
import { resolutionText } from "./pending";
import { recoverStack } from "./recover-stack";
import type { Reporter } from "./reporter";
import { stuckText } from "./stuck-releases";
import { survivorsText } from "./survivors";

interface RunOptions extends EngineOptions {
  operation: Operation | "preview";
  reporter: Reporter;
  /** Milliseconds to wait for plugins that still work. */
  lockTimeout: number;
  configFile?: string;
}

/** Resolves what an earlier update has left, and reports it. Returns the file with the earlier state. */
export async function recover(
  stack: string,
  settings: Settings,
  options: RunOptions,
  interrupted?: readonly PendingOperation[],
): Promise<string | undefined> {
  const { reporter, operation, lockTimeout: timeout } = options;
  const onWait = (text: string) => reporter.note(stack, text, "warning");
  const next = operation === "destroy" ? "destroy" : "up";
  const { backup, pending, releases, survivors } = await recoverStack(stack, settings, {
    ...{ ...options, next, timeout, onWait, interrupted },
  });
  if (survivors.length > 0) {
    onWait(`ended processes that outlived their engine: ${survivorsText(survivors)}`);
  }
  if (backup === undefined) return undefined;
  onWait(`an earlier update was interrupted; a copy of its state is in ${backup}`);
  for (const resolution of pending) reporter.note(stack, resolutionText(resolution));
  for (const release of releases) reporter.note(stack, stuckText(release));
  return backup;
}

/**
 * Adds resources to the state that exist although their plugin died, so that the next update does not
 * create them again.
 */
export async function afterPluginDied(
  stack: string,
  settings: Settings,
  options: RunOptions,
  { operations }: Interrupted,
): Promise<void> {
  if (operations.length === 0 || options.cancellation.reason !== undefined) return;
  const warn = (text: string) => options.reporter.note(stack, text, "warning");
  warn(
    `a plugin ended while it created ${operations.length} resources; checking which of them exist`,
  );
  try {
    await recover(stack, settings, options, operations);
  } catch (reason) {
    const names = operations.map(({ resource }) => shortUrn(resource.urn)).join(", ");
    warn(
      `it is unknown whether ${names} was created; check before the next update: ${String(reason)}`,
    );
  }
}
