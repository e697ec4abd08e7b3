import { CHECKS } from "../../teleport/checks";
import type { Path } from "../problem";
import { rule } from "./rule";

/** Rules about declared Teleport resources: what teleport/checks finds, with its place in the settings. */

/** Settings beside `resources` that a check rests on. */
const RESTS_ON: Partial<Record<string, Path[]>> = {
  editions: [["teleport", "edition"]],
  roleReferences: [["teleport", "edition"]],
  appAddresses: [["clusterName"]],
  requiredParts: [["clusterName"]],
};

const SECTION = "resources";

export const declaredResourceRules = Object.entries(CHECKS).map(([subject, check]) =>
  rule({
    needs: [SECTION, "teleport", "clusterName"],
    check({ resources, teleport, clusterName }, report) {
      const faults = check(resources, {
        edition: teleport.edition,
        clusterName,
        ownRoles: resources.presets,
      });
      for (const { at, message, warning, involves = [] } of faults) {
        const place = [SECTION, ...at];
        const rests = [...(RESTS_ON[subject] ?? []), ...involves.map((path) => [SECTION, ...path])];
        if (warning === true) report.warning(place, message, rests);
        else report.problem(place, message, rests);
      }
    },
  }),
);
