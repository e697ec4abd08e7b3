import { AGENT_LABEL } from "../../teleport/apps/dynamic-app";
import { PLACEHOLDER } from "../../teleport/headers/header";
import { publicHostFault } from "../../teleport/apps/public-host";
import { appHost } from "../../teleport/names";
import { mapping, text } from "../../teleport/values";
import type { Path } from "../problem";
import { appReference, checkedApps, nameAt, type CheckedApp } from "./placed-apps";
import { hostOf, repeated, rule, type Rule } from "./rule";

/**
 * Rules about what every app has: name, address, labels. Those about kinds of apps, headers and
 * registration are in app-kinds.ts, headers.ts and registration.ts.
 */

/** The setting that an app's public host comes from. */
const hostAt = (one: CheckedApp): Path =>
  one.app.publicAddress === undefined ? nameAt(one) : one.at("publicAddress");

/** Longest DNS name. */
const LONGEST_HOST = 253;

const appAddresses = rule({
  needs: ["clusterName"],
  check(settings, report) {
    const { clusterName, teleport } = settings;
    const proxies = new Set([clusterName, ...(teleport?.publicAddresses ?? []).map(hostOf)]);
    const apps = checkedApps(settings);
    const declared = new Map(
      Object.entries(settings.resources?.apps ?? {}).map(([name, { spec }]) => [
        text(mapping(spec)["public_addr"]) || `${name}.${clusterName}`,
        name,
      ]),
    );
    for (const one of apps) {
      const host = appHost(one.app, clusterName);
      const fault = publicHostFault(host, clusterName, [...proxies]);
      if (fault !== undefined) {
        report.problem(hostAt(one), fault, [["clusterName"], ["teleport", "publicAddresses"]]);
      } else if (host.length > LONGEST_HOST) {
        report.problem(
          hostAt(one),
          `makes the host "${host}" of ${host.length} characters, and DNS allows ${LONGEST_HOST}: shorten the name.`,
          [["clusterName"]],
        );
      }
      const twin = declared.get(host);
      if (twin !== undefined && twin !== one.app.name) {
        report.problem(
          hostAt(one),
          `makes the host "${host}", which resources.apps.${twin} has already: change one of them.`,
          [["resources", "apps"]],
        );
      }
    }
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
    repeated(
      apps,
      ({ app }) => appHost(app, clusterName),
      (two, one, host) => {
        // Two apps of one name have been reported already.
        if (one.app.name === two.app.name) return;
        report.problem(
          hostAt(two),
          `makes the host "${host}", which ${appReference(one, two)} (${one.app.name}) has already: change one of them.`,
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

export const appRules: readonly Rule[] = [appAddresses, requiredApps, appLabels, marks];
