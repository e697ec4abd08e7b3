/** What the supervisor runs: processes (parts) and one-off steps between them (seeding). */
import type { Layout } from "./layout.ts";
import type { Secrets } from "./secrets.ts";

/** Everything a part needs to know about the sandbox it belongs to. */
export interface Sandbox {
  readonly layout: Layout;
  /** Loopback ports by name; a part's own names are in its `ports`. */
  readonly ports: Readonly<Record<string, number>>;
  /** Passwords and tokens, generated at the first start. */
  readonly secrets: Secrets;
}

/** A process to start. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Run as this user instead of the caller's; only root can ask for it. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** A node of the start graph: it runs once everything named in `after` is ready. */
export interface Step {
  readonly name: string;
  readonly after: readonly string[];
  /** The work. It must be harmless if it was done before. */
  readonly run?: (sandbox: Sandbox) => Promise<void> | void;
  /** Programs and data of set-up that it needs. Throws and names what is missing. */
  readonly requires?: () => string[];
}

/** A step with a lasting process. */
export interface Part extends Step {
  /** Names of the ports it listens on; the first one is shown by `status`. */
  readonly ports: readonly string[];
  /** Prepares files and says what to start. Not called while the process is running. */
  readonly command: (sandbox: Sandbox) => Promise<Command> | Command;
  /** Resolves when the part answers. Throws the reason if it does not yet. Called until it resolves. */
  readonly ready: (sandbox: Sandbox) => Promise<void>;
  /** The signal that ends it. Defaults to SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** Seconds it may take to become ready. Defaults to 60. */
  readonly readyWithin?: number;
}

/** True for a part, false for a step without a process. */
export function isPart(step: Step): step is Part {
  return "command" in step;
}
