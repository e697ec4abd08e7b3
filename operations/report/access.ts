import { accessOf, type AccessSettings } from "../../inventory/access";
import { accessDiff, changeText } from "../../teleport/access";
import { stackNames } from "../base/stack-file";
import { stackSettings } from "../base/stack-settings";
import type { ReportContent } from "./markdown";

const NOTHING: AccessSettings = { resources: { presets: [] } };

/**
 * Who gains and loses what between the settings of a stack in two folders. Settings of the base
 * that this version of the program does not understand are said to be so, never guessed at.
 */
export function accessBetween(
  stack: string,
  base: string,
  head: string,
): NonNullable<ReportContent["access"]> {
  const after = accessOf(stackSettings(stack, head));
  let before;
  try {
    before = accessOf(stackNames(base).includes(stack) ? stackSettings(stack, base) : NOTHING);
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
