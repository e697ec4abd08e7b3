/** A difference between two versions of a chart. */
export interface UpgradeFinding {
  /** `breaks`: the stack cannot be upgraded as it is; `changes`: it behaves differently; `note`: for information. */
  level: "breaks" | "changes" | "note";
  chart: string;
  /** Helm release, if the difference concerns only one of several. */
  release?: string;
  text: string;
  /** Remedy. */
  remedy?: string;
}
