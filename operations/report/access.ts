import { accessOf, type AccessSettings } from "../../inventory/access";
import { accessDiff, changeText } from "../../teleport/access";
import { stackNames } from "../base/stack-file";
import { stackSettings } from "../base/stack-settings";
import type { ReportContent } from "./markdown";

/** Settings that give no access, for a stack that does not exist yet. */
export const NOTHING: AccessSettings = { resources: { presets: [] } };

/**
 * Who gains and loses which access, between a stack's settings in two folders. Reports base settings that
 * this version of the program cannot read, without guessing. `read` reads the settings in a folder.
 */
export function accessBetween(
  stack: string,
  base: string,
  head: string,
  read = stackSettings,
): NonNullable<ReportContent["access"]> {
  const after = accessOf(read(stack, head));
  let before;
  try {
    before = accessOf(stackNames(base).includes(stack) ? read(stack, base) : NOTHING);
  } catch (error) {
    const [first = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    return { unknown: `this version cannot read the settings of the base: ${first}` };
  }
  return {
    lines: accessDiff(before, after).map((change) =>
      change.dangers.length === 0
        ? changeText(change)
        : `DANGER (${change.dangers.join(", ")}): ${changeText(change)}`,
    ),
  };
}
