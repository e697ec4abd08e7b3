import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CommandError } from "../base/exit-codes";
import { Cancellation } from "../engine/cancellation";
import { openStack, type EngineOptions } from "../engine/engine-stack";
import { runOperation } from "../engine/run-operation";
import { readState, type StackState, type StateResource } from "../engine/state";
import { changes } from "../engine/steps";
import { CHECKOUT } from "../../teleport/checkout";

/** How long others wait for the engine to begin. */
const BEGINS_MS = 1000;

/** What the checks need of a stack. Tests pass their own. */
export type StackReader = Omit<Pick<LiveStack, keyof LiveStack>, "begin">;

type PreviewStep = { op: string; urn: string };

/**
 * Reads a stack with the Pulumi CLI. Reads the state and previews once. Writes neither state nor settings, and does not
 * select the stack.
 */
export class LiveStack {
  private readonly options: EngineOptions;
  /** Folder of its Pulumi project, relative to the checkout. Default: the checkout. */
  readonly folder?: string;
  private state: Promise<StackState | undefined> | undefined;
  private previewed: Promise<PreviewStep[] | undefined> | undefined;

  constructor(
    readonly name: string,
    cwd: string,
    env: NodeJS.ProcessEnv,
    /** Settings file. Default: `Pulumi.<stack>.yaml`. */
    private readonly configFile?: string,
  ) {
    this.options = { cwd, env, cancellation: new Cancellation() };
    const below = path.relative(CHECKOUT, cwd);
    if (below !== "") this.folder = below.startsWith("..") ? cwd : below;
  }

  /** Resources of the stack. Undefined if it does not exist yet. */
  async resources(): Promise<StateResource[] | undefined> {
    this.state ??= ifThere(readState(this.name, this.options));
    const state = await this.state;
    return state && (state.deployment?.resources ?? []);
  }

  /** Steps that an update would take after a refresh. Undefined if the stack does not exist. */
  preview(): Promise<PreviewStep[] | undefined> {
    this.previewed ??= this.runPreview();
    return this.previewed;
  }

  /**
   * Begins the preview. Resolves when the engine is at work, has failed, or has not begun for a second; `preview` tells
   * which.
   */
  async begin(): Promise<void> {
    const begun = new Promise<void>((resolve) => {
      this.previewed ??= this.runPreview(resolve);
    });
    const late = sleep(BEGINS_MS, undefined, { ref: false });
    await Promise.race([begun, this.previewed, late]).catch(() => undefined);
  }

  private async runPreview(onEvent?: () => void): Promise<PreviewStep[] | undefined> {
    const stack = await openStack(this.name, this.options);
    const outcome = await ifThere(
      runOperation(stack, "up", {
        cancellation: this.options.cancellation,
        preview: true,
        refresh: true,
        configFile: this.configFile,
        onEvent,
      }),
    );
    return outcome?.steps.filter(changes).map(({ kind, urn }) => ({ op: kind, urn }));
  }
}

/** Undefined if the stack does not exist in this backend. */
async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof CommandError && error.reason === "USAGE") return undefined;
    throw error;
  }
}
