import { AGENT_LABEL } from "../../teleport/apps/dynamic-app";
import { PLACEHOLDER } from "../../teleport/headers/header";
import { appHost } from "../../teleport/names";
import type { Path } from "../problem";
import { called, checkedApps, nameAt, type CheckedApp } from "./placed-apps";
import { covered, hostOf, repeated, rule, type Rule } from "./rule";

/**
 * Rules about what every app has: name, address, labels. Those about kinds of apps, headers and
 * registration are in app-kinds.ts, headers.ts and registration.ts.
 */

/** The setting that an app's public host comes from. */
const hostAt = (one: CheckedApp): Path =>
  one.app.publicAddress === undefined ? nameAt(one) : one.at("publicAddress");

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

const catalogueNames = rule({
  needs: [],
  check({ apps }, report) {
    for (const name of Object.keys(apps?.entries ?? {})) {
      if (DNS_LABEL.test(name)) continue;
      report.problem(
        ["apps", "entries", name],
        "is no name of an app: it must be a DNS label (a-z, 0-9 and inner '-', at most 63).",
      );
    }
  },
});

const appAddresses = rule({
  needs: ["clusterName"],
  check(settings, report) {
    const { clusterName, teleport } = settings;
    const proxies = new Set([clusterName, ...(teleport?.publicAddresses ?? []).map(hostOf)]);
    const apps = checkedApps(settings);
    for (const one of apps) {
      const host = appHost(one.app, clusterName);
      if (proxies.has(host)) {
        report.problem(
          hostAt(one),
          `makes the address "${host}", which is the proxy's own: choose another.`,
          [["clusterName"], ["teleport", "publicAddresses"]],
        );
      } else if (!covered(host, clusterName)) {
        report.problem(
          hostAt(one),
          `is "${host}", outside the certificate's names (${clusterName}, *.${clusterName}): use one ` +
            `label below ${clusterName}, such as ${one.app.name}.${clusterName}, or leave it out.`,
          [["clusterName"]],
        );
      }
    }
    repeated(
      apps,
      ({ app }) => app.name,
      (two, one, name) =>
        report.problem(nameAt(two), `is "${name}", as ${called(one, two)} is called: rename one.`),
    );
    for (const one of apps) {
      if (!Object.hasOwn(settings.resources?.apps ?? {}, one.app.name)) continue;
      report.problem(
        nameAt(one),
        `is "${one.app.name}", as resources.apps.${one.app.name} is called: keep one of them.`,
        [["resources", "apps"]],
      );
    }
    repeated(
      apps,
      ({ app }) => appHost(app, clusterName),
      (two, one, host) => {
        // Two apps of one name have been reported already.
        if (one.app.name === two.app.name) return;
        report.problem(
          hostAt(two),
          `makes the host "${host}", which ${called(one, two)} (${one.app.name}) has already: change one of them.`,
          [one.at("publicAddress"), nameAt(one)],
        );
      },
    );
  },
});

const requiredApps = rule({
  needs: [],
  check(settings, report) {
    const apps = checkedApps(settings);
    const names = new Set(apps.map(({ app }) => app.name));
    for (const { app, at } of apps) {
      for (const [index, name] of app.requiredApps.entries()) {
        if (name === app.name) {
          report.problem(at("requiredApps", index), `is "${name}", the app itself: remove it.`);
        } else if (!names.has(name)) {
          report.warning(
            at("requiredApps", index),
            `is "${name}", which is no app of this stack: is it one of another?`,
          );
        }
      }
    }
  },
});

const LABEL_KEY = /^[A-Za-z0-9/._*-]+$/;

const appLabels = rule({
  needs: [],
  check(settings, report) {
    for (const { app, at } of checkedApps(settings)) {
      for (const key of Object.keys(app.labels)) {
        const path = at("labels", key);
        if (!LABEL_KEY.test(key)) {
          report.problem(
            path,
            "is not a Teleport label (letters, digits and / . _ - *): rename it.",
          );
        } else if (/^teleport\.(internal|hidden)\//.test(key)) {
          report.problem(path, "is a label that Teleport keeps to itself: rename it.");
        } else if (key === AGENT_LABEL) {
          report.problem(
            path,
            "is the label by which this program hands apps to agents: rename it.",
          );
        }
      }
    }
  },
});

/** The renderer of secret headers would take these texts for its own marks. */
const marks = rule({
  needs: [],
  check(settings, report) {
    for (const { app, at } of checkedApps(settings)) {
      const texts: [Path, string][] = [
        [at("uri"), app.uri ?? ""],
        [at("description"), app.description ?? ""],
        ...Object.entries(app.labels).map(([key, value]): [Path, string] => [
          at("labels", key),
          value,
        ]),
        ...(app.mcp?.args ?? []).map((text, i): [Path, string] => [at("mcp", "args", i), text]),
      ];
      for (const [path, text] of texts) {
        if (PLACEHOLDER.test(text)) {
          report.problem(
            path,
            "holds @@…/…@@, which this program uses as a mark for secrets: write it differently.",
          );
        }
      }
    }
  },
});

export const appRules: readonly Rule[] = [
  catalogueNames,
  appAddresses,
  requiredApps,
  appLabels,
  marks,
];
