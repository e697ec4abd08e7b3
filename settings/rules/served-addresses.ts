import { publicApps } from "../../inventory/apps";
import { urlHost } from "../../teleport/address";
import type { Path } from "../problem";
import { planeName, proxyHosts, rule, type RuleSettings, type Rule } from "./rule";

/**
 * Addresses that must not lead to the plane itself: its proxies answer for the cluster's name and every name below
 * it, with Teleport's login.
 */

type Settings = RuleSettings<never>;

/** Hosts that are needed before the plane serves anything, with their settings. */
function needed({ vault, chart, aws, database, eventHandler }: Settings): [Path, string][] {
  const urls: [Path, string | undefined][] = [
    [["vault", "address"], vault?.address],
    [["chart", "repository"], chart?.repository],
    [["chart", "oci"], chart?.oci],
    [["aws", "endpoint"], aws?.endpoint],
    [["eventHandler", "collector", "url"], eventHandler?.collector.url],
    [["eventHandler", "collector", "sessionUrl"], eventHandler?.collector.sessionUrl],
    // Not a URL, but read the same way.
    [["database", "host"], database && `postgresql://${database.host}`],
  ];
  return urls.flatMap(([path, url = ""]): [Path, string][] => {
    const host = urlHost(url);
    return host === undefined ? [] : [[path, host]];
  });
}

const servedAddresses = rule({
  needs: [],
  check(settings, report) {
    const clusterName = planeName(settings);
    if (clusterName === undefined) return;
    const involves: Path[] = [["clusterName"], ["plane"], ["teleport", "publicAddresses"]];
    const proxies = proxyHosts(settings);
    const published = publicApps({ ...settings, clusterName });
    const apps = new Map(published.map(({ host, name }) => [host, name]));
    const below = (host: string) => host.endsWith(`.${clusterName}`);
    for (const { path: of, uri, host: own } of published) {
      const host = urlHost(uri);
      if (host === undefined) continue;
      const path = [...of, ...(of[0] === "resources" ? ["spec"] : []), "uri"];
      if (proxies.includes(host)) {
        report.problem(
          path,
          `leads to the proxy itself, "${host}": use the internal address of the app.`,
          involves,
        );
      } else if (host === own) {
        report.problem(
          path,
          `leads to the app's own public address "${host}", a loop: use the internal address.`,
          involves,
        );
      } else if (apps.has(host)) {
        report.problem(
          path,
          `leads to ${host}, where Teleport serves the app "${apps.get(host) ?? ""}" and asks for a login: use the internal address.`,
          involves,
        );
      } else if (below(host)) {
        report.warning(
          path,
          `leads to ${host}, below the cluster's name, where the wildcard *.${clusterName} leads to Teleport: use the internal address.`,
          involves,
        );
      }
    }
    for (const [path, host] of needed(settings)) {
      const app = apps.get(host);
      if (app !== undefined) {
        report.problem(
          path,
          `is at ${host}, where Teleport serves the app "${app}", so programs would get Teleport's ` +
            "login: use another address.",
          involves,
        );
      } else if (host === clusterName) {
        report.problem(path, `is at ${host}, the cluster's own name: use another address.`, [
          ["clusterName"],
        ]);
      } else if (below(host)) {
        report.warning(
          path,
          `is at ${host}, below clusterName, where the wildcard *.${clusterName} leads to Teleport: give it its own DNS ` +
            "record, or another address.",
          involves,
        );
      }
    }
  },
});

export const servedAddressRules: readonly Rule[] = [servedAddresses];
