import type { Props } from "../../framework.ts";
import type { Objects } from "../discovery.ts";

/** What one look at an object says. */
export interface Verdict {
  ready: boolean;
  /** It will never become ready: stop waiting. */
  failed?: boolean;
  reasons: readonly string[];
}

export interface Look {
  objects: Objects;
  inputs: Props;
  signal: AbortSignal;
}

/** Judges the object as it is now. */
export type Check = (live: Props, look: Look) => Verdict | Promise<Verdict>;

export const READY: Verdict = { ready: true, reasons: [] };
export const waiting = (...reasons: string[]): Verdict => ({ ready: false, reasons });
export const failed = (...reasons: string[]): Verdict => ({ ready: false, failed: true, reasons });
