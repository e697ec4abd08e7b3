import { appFaults } from "../apps/faults";
import { publicHostFault } from "../apps/public-host";
import { fieldOf, placeOf, readApp } from "../apps/read-app";
import { mapping } from "../values";
import { entries, type At, type Check, type Fault } from "./fault";
import { isObjectName } from "./names";
import { quoted } from "../quoted";
import { appHost } from "../names";

/** Apps declared as resources: what Teleport can route to (api/types/app.go). */

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Addresses, names, headers and everything else of apps. */
export const appAddresses: Check = (resources, { clusterName, proxies }) => {
  const hosts = new Map<string, string>();
  return entries(resources, "apps").flatMap(({ name, entry, spec }): Fault[] => {
    const app = readApp(name, mapping(entry.value));
    const host = appHost(app, clusterName);
    const place = app.publicAddress === undefined ? entry : spec.get("public_addr");
    const first = hosts.get(host);
    if (first === undefined) hosts.set(host, name);
    const below = (path: At) => [...entry.at, ...placeOf(path)];
    return [
      // names.ts reports invalid names of objects.
      ...entry.when(
        !LABEL.test(name) && isObjectName(name),
        "is not a DNS label (a-z, 0-9 and inner '-'): rename it.",
      ),
      ...(LABEL.test(name) ? place.fault(publicHostFault(host, clusterName, proxies)) : []),
      ...place.when(
        first !== undefined,
        `makes the host ${quoted(host)}, which the app ${quoted(first)} already has: change one of them.`,
      ),
      ...appFaults(app, fieldOf).map((fault) => ({
        ...fault,
        at: below(fault.at),
        involves: fault.involves?.map(below),
      })),
    ];
  });
};
