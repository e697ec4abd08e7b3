import { placeApps } from "../../inventory/apps";
import { appHost } from "../../teleport/names";
import type { Path } from "../problem";
import { rule, type RuleSettings, type Rule } from "./rule";

/**
 * Addresses that the program or the operator needs itself must not lead to the plane: names below
 * the cluster's mean its proxies, and would answer with Teleport's login.
 */

type Settings = RuleSettings<"clusterName">;

/** Host of a URL, of `oci://…` too; undefined where there is none. */
const hostOf = (url: string | undefined): string | undefined =>
  url === undefined ? undefined : /^[a-z]+:\/\/(?:[^@/]*@)?([^:/]+)/i.exec(url)?.[1]?.toLowerCase();

/** What is needed before the plane serves anything, with where the settings name it. */
function needed({ vault, chart, aws, database }: Settings): { path: Path; host: string }[] {
  const list: [Path, string | undefined][] = [
    [["vault", "address"], hostOf(vault?.address)],
    [["chart", "repository"], hostOf(chart?.repository)],
    [["chart", "oci"], hostOf(chart?.oci)],
    [["aws", "endpoint"], hostOf(aws?.endpoint)],
    [["database", "host"], database?.host],
  ];
  return list.flatMap(([path, host]) => (host === undefined ? [] : [{ path, host }]));
}

/** Every app that the settings have, by its public host. */
const published = (settings: Settings): Map<string, string> =>
  new Map(placeApps(settings).map(({ app }) => [appHost(app, settings.clusterName), app.name]));

const servedAddresses = rule({
  needs: ["clusterName"],
  check(settings, report) {
    const { clusterName } = settings;
    const apps = published(settings);
    for (const { path, host } of needed(settings)) {
      const app = apps.get(host);
      if (app !== undefined) {
        report.problem(
          path,
          `is at ${host}, where Teleport serves the app "${app}": whoever is not a browser gets Teleport's ` +
            "login; use an address of its own.",
          [["clusterName"]],
        );
      } else if (host === clusterName) {
        report.problem(path, `is at ${host}, the cluster's own name: use an address of its own.`, [
          ["clusterName"],
        ]);
      } else if (host.endsWith(`.${clusterName}`)) {
        report.warning(
          path,
          `is at ${host}, below clusterName, where the wildcard *.${clusterName} means Teleport: give it a DNS ` +
            "record of its own, or an address elsewhere.",
          [["clusterName"]],
        );
      }
    }
  },
});

export const servedAddressRules: readonly Rule[] = [servedAddresses];
