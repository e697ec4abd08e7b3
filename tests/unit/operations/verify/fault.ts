import type { World } from "./world";

/** One thing that is broken, and the one check that has to name it. */
export interface Fault {
  title: string;
  breaks: (world: World) => unknown;
  check: string;
  /** Default: failed. */
  state?: "failed" | "warning";
  says: RegExp;
  /** True if the remedy has no command: a setting to correct, or what others have to do. Default: false. */
  advice?: boolean;
}
