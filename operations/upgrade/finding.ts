/** Something that two versions of a chart differ in. */
export interface UpgradeFinding {
  /** `breaks`: the stack cannot be upgraded as it is; `changes`: it behaves differently; `note`: for information. */
  level: "breaks" | "changes" | "note";
  chart: string;
  /** Helm release that it concerns, where only one of several. */
  release?: string;
  text: string;
  /** What to do about it. */
  remedy?: string;
}
