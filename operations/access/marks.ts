import { grantDangers, type Grant } from "../../teleport/access";
import { element, textElement } from "../base/svg";

/** Appearance of a cell: the access, independent of its source. */
export interface Mark {
  look: "guarded" | "open" | "master" | "maybe";
  /** True if each session requires a second factor. */
  ring: boolean;
  /** True if it needs an access request. */
  hollow: boolean;
}

/** Description of each mark, for the legend. */
export const LEGEND: [Mark, string][] = [
  [{ look: "guarded", ring: true, hollow: false }, "MFA at each session"],
  [{ look: "open", ring: false, hollow: false }, "without MFA"],
  [{ look: "master", ring: false, hollow: false }, "cluster administrator"],
  [{ look: "guarded", ring: true, hollow: true }, "on request only"],
  [{ look: "maybe", ring: false, hollow: true }, "undecided"],
];

/** The mark for the strongest grant of a resource. */
export function markOf(grants: readonly Grant[]): Mark | undefined {
  const strongest = [...grants].sort((a, b) => weight(b) - weight(a))[0];
  if (strongest === undefined) return undefined;
  const hollow = strongest.how === "request";
  if (strongest.verdict === "undecided") return { look: "maybe", ring: false, hollow: true };
  const { mfa: ring } = strongest;
  if (grantDangers(strongest).includes("masters")) return { look: "master", ring, hollow };
  return { look: ring ? "guarded" : "open", ring, hollow };
}

/** True if only a request makes the person a cluster administrator. */
export function adminOnRequest(grants: readonly Grant[]): boolean {
  const masters = (grant: Grant) => grantDangers(grant).includes("masters");
  return (
    grants.some((grant) => grant.how === "standing" && !masters(grant)) &&
    grants.some((grant) => grant.how === "request" && masters(grant))
  );
}

function weight({ how, verdict, mfa }: Grant): number {
  return (verdict === "allowed" ? 4 : 0) + (how === "standing" ? 2 : 0) + (mfa ? 0 : 1);
}

/** Draws a mark around a point. */
export function drawMark({ look, ring, hollow }: Mark, x: number, y: number): string {
  if (look === "maybe") {
    return (
      element("circle", { cx: x, cy: y, r: 8, class: "maybe", "stroke-dasharray": "2 2" }) +
      textElement(x - 3.5, y + 4.5, "small muted", "?")
    );
  }
  const inner = `${look}${hollow ? " hollow" : ""}`;
  const shape =
    look === "master"
      ? element("path", {
          d: `M${x} ${y - 7}l7 7l-7 7l-7 -7z`,
          class: inner,
          "stroke-width": 2,
          "stroke-linejoin": "round",
        })
      : element("circle", { cx: x, cy: y, r: 5, class: inner, "stroke-width": 2 });
  return ring
    ? shape +
        element("circle", { cx: x, cy: y, r: 9.5, class: `${look} ring`, "stroke-width": 1.5 })
    : shape;
}
