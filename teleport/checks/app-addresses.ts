import { appFaults } from "../apps/faults";
import { publicHostFault } from "../apps/public-host";
import { fieldOf, placeOf, readApp } from "../apps/read-app";
import { type Check, entries, type Fault } from "./fault";
import { isObjectName } from "./names";
import { quoted } from "../quoted";
import { appHost } from "../names";

/** Apps declared as resources: what Teleport can route to (api/types/app.go). */

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Addresses, names, headers and everything else of apps. */
export const appAddresses: Check = (resources, { clusterName, proxies }) => {
  const hosts = new Map<string, string>();
  return entries(resources, "apps").flatMap(({ at, name, entry }) => {
    const app = readApp(name, entry);
    const faults: Fault[] = [];
    const host = appHost(app, clusterName);
    const place = app.publicAddress === undefined ? at : [...at, "spec", "public_addr"];
    if (!LABEL.test(name)) {
      // names.ts reports invalid names of objects.
      if (isObjectName(name)) {
        faults.push({ at, message: "is not a DNS label (a-z, 0-9 and inner '-'): rename it." });
      }
    } else {
      const message = publicHostFault(host, clusterName, proxies);
      if (message !== undefined) faults.push({ at: place, message });
    }
    const first = hosts.get(host);
    if (first === undefined) hosts.set(host, name);
    else {
      faults.push({
        at: place,
        message: `makes the host ${quoted(host)}, which the app ${quoted(first)} already has: change one of them.`,
      });
    }
    for (const fault of appFaults(app, fieldOf)) {
      faults.push({
        ...fault,
        at: [...at, ...placeOf(fault.at)],
        involves: fault.involves?.map((path) => [...at, ...placeOf(path)]),
      });
    }
    return faults;
  });
};
