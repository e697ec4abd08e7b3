import type { World } from "./world";

/** One fault, and the one check that has to report it. */
export interface Fault {
  title: string;
  breaks: (world: World) => unknown;
  check: string;
  /** Default: failed. */
  state?: "failed" | "warning";
  says: RegExp;
  /** What the remedy has besides working commands. Default: not looked at. */
  remedy?: RegExp;
  /** True if the remedy has no command, but a setting to correct or work for others. Default: false. */
  advice?: boolean;
}
