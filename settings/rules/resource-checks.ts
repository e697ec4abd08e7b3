import { CHECKS } from "../../teleport/checks";
import type { Path } from "../problem";
import { portOf, proxyHosts, reportFaults, rule } from "./rule";

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
      reportFaults(faults, (path) => [SECTION, ...path], report, RESTS_ON[subject]);
    },
  }),
);
