import { skipped, verdict, type Check } from "../check";
import type { StackContext } from "../context";
import { REFRESH, TAKE_BACK } from "../remedy";
import { typeChain, urnName } from "../../base/urn";

const title = (urn: string) => `${typeChain(urn).at(-1) ?? ""} ${urnName(urn)}`;

/** Id of the check for drift. */
export const DRIFT = "drift.none";

export const driftChecks: Check<StackContext>[] = [
  {
    id: DRIFT,
    title: "No drift",
    expected: "`pulumi preview --refresh` finds nothing to change",
    remedy:
      `\`bin/access-plane preview --stack STACK --refresh\` shows it; ${REFRESH} puts it right; where it names a field ` +
      `conflict, somebody edited an object: ${TAKE_BACK}`,
    timeoutSeconds: 600,
    async run({ stack }) {
      if (stack === undefined) return skipped("only the settings are known, not the stack");
      const steps = await stack.preview();
      if (steps === undefined) return skipped(`stack ${stack.name} does not exist in this backend`);
      return verdict(
        steps.map(({ op, urn }) => `${op} ${title(urn)}`),
        "nothing to change",
      );
    },
  },
];
