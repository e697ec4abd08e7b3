import { objectName, type Change } from "../base/change";
import { shortType } from "../base/urn";
import { effectsOf } from "../kinds";
import { LEVELS, type Consequence } from "../kinds/resource-kind";

/** An effect on users or pods. */
export interface Effect extends Consequence {
  /** Resource it comes from. */
  resource: string;
}

/** Operations without an effect on anything that runs. */
const UNNOTICED: readonly Change["operation"][] = ["create", "import", "forget"];

/** Effects on users and pods, worst first. */
export function effects(changes: readonly Change[]): Effect[] {
  const found = changes
    .filter(({ operation }) => !UNNOTICED.includes(operation))
    .flatMap((change): Effect[] => {
      const resource = `${shortType(change.type)} ${objectName(change)}`;
      return effectsOf(change).map((effect) => ({ ...effect, resource }));
    });
  const rank = ({ level }: Effect) => LEVELS.indexOf(level);
  const byName = (a: Effect, b: Effect) => (a.resource < b.resource ? -1 : 1);
  return found.sort((a, b) => rank(a) - rank(b) || (a.resource === b.resource ? 0 : byName(a, b)));
}
