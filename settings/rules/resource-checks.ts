import { CHECKS } from "../../teleport/checks";
import type { Path } from "../problem";
import { portOf, proxyHosts, rule } from "./rule";

/** Rules about declared Teleport resources: what teleport/checks finds, with its place in the settings. */

/** Settings outside `resources` that a check depends on. */
const RESTS_ON: Partial<Record<string, Path[]>> = {
  editions: [["teleport", "edition"]],
  roleReferences: [["teleport", "edition"]],
  appAddresses: [["clusterName"], ["teleport", "publicAddresses"]],
  requiredParts: [["clusterName"]],
  connectors: [["clusterName"], ["teleport", "publicAddresses"]],
};

const SECTION = "resources";

export const declaredResourceRules = Object.entries(CHECKS).map(([subject, check]) =>
  rule({
    needs: [SECTION, "teleport", "clusterName"],
    check(settings, report) {
      const { resources, teleport, clusterName } = settings;
      const faults = check(resources, {
        edition: teleport.edition,
        clusterName,
        proxies: proxyHosts(settings),
        ports: [443, ...(teleport.publicAddresses ?? []).map(portOf)],
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
