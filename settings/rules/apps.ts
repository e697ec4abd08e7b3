import { publicHostFault } from "../../teleport/apps/public-host";
import { appHost } from "../../teleport/names";
import { dnsLabel } from "../sections/fields";
import { placeOf, readApp } from "../../teleport/apps/read-app";
import type { Path } from "../problem";
import { appReference, checkedApps, nameAt, type CheckedApp } from "./placed-apps";
import { planeName, proxyHosts, repeated, rule, type Rule } from "./rule";

/**
 * Rules about several apps: names, hosts, references. Those about each app by itself, secret headers and
 * registration are in app-kinds.ts, headers.ts and registration.ts.
 */

/** The setting of an app's public host. */
const hostAt = (one: CheckedApp): Path =>
  one.app.publicAddress === undefined ? nameAt(one) : one.at("publicAddress");

const hosts = rule({
  needs: [],
  check(settings, report) {
    const clusterName = planeName(settings);
    if (clusterName === undefined) return;
    const apps = checkedApps(settings);
    const declared = new Map(
      Object.entries(settings.resources?.apps ?? {}).map(([name, entry]) => [
        appHost(readApp(name, entry), clusterName),
        name,
      ]),
    );
    const rests: Path[] = [["clusterName"], ["plane"], ["teleport", "publicAddresses"]];
    const proxies = proxyHosts(settings);
    for (const one of apps) {
      const host = appHost(one.app, clusterName);
      // names.ts reports wrong names.
      if (one.app.publicAddress === undefined && !dnsLabel.safeParse(one.app.name).success)
        continue;
      const fault = publicHostFault(host, clusterName, proxies);
      if (fault !== undefined) report.problem(hostAt(one), fault, rests);
      const twin = declared.get(host);
      if (twin !== undefined && twin !== one.app.name) {
        report.problem(
          hostAt(one),
          `makes the host "${host}", which resources.apps.${twin} already has: change one of them.`,
          [["resources", "apps"]],
        );
      }
    }
    repeated(
      apps,
      ({ app }) => appHost(app, clusterName),
      (two, one, host) => {
        // Two apps of one name are reported as such.
        if (one.app.name === two.app.name) return;
        report.problem(
          hostAt(two),
          `makes the host "${host}", which ${appReference(one, two)} (${one.app.name}) already has: change one of them.`,
          [one.at("publicAddress"), nameAt(one)],
        );
      },
    );
  },
});

const distinctNames = rule({
  needs: [],
  check(settings, report) {
    const apps = checkedApps(settings);
    repeated(
      apps,
      ({ app }) => app.name,
      (two, one, name) =>
        report.problem(
          nameAt(two),
          `is "${name}", as ${appReference(one, two)} is called: rename one.`,
        ),
    );
    for (const one of apps) {
      if (!Object.hasOwn(settings.resources?.apps ?? {}, one.app.name)) continue;
      report.problem(
        nameAt(one),
        `is "${one.app.name}", as resources.apps.${one.app.name} is called: keep one of them.`,
        [["resources", "apps"]],
      );
    }
  },
});

const requiredApps = rule({
  needs: [],
  check(settings, report) {
    const declared = Object.entries(settings.resources?.apps ?? {}).map(([name, entry]) => ({
      app: readApp(name, entry),
      at: (index: number): Path => ["resources", "apps", name, ...placeOf(["requiredApps", index])],
    }));
    const apps = checkedApps(settings).map(({ app, at }) => ({
      app,
      at: (index: number): Path => at("requiredApps", index),
    }));
    const names = new Set([...apps, ...declared].map(({ app }) => app.name));
    for (const { app, at } of [...apps, ...declared]) {
      for (const [index, name] of app.requiredApps.entries()) {
        if (name === app.name || names.has(name)) continue;
        report.warning(
          at(index),
          `is "${name}", which is not an app of this stack: is it one of another?`,
          [["resources", "apps"], ["apps"], ["agents"]],
        );
      }
    }
  },
});

export const appRules: readonly Rule[] = [hosts, distinctNames, requiredApps];
