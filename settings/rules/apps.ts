import { appConfig } from "../../teleport/agent-values";
import { PLACEHOLDER } from "../../teleport/headers";
import { appHost } from "../../teleport/names";
import type { Path } from "../problem";
import type { AgentSettings } from "../sections/agent";
import { covered, hostOf, repeated, rule, type Rule } from "./rule";

/** Rules about the apps behind the agents; those about headers are in headers.ts. */

/** An app, and where the settings have it. */
type PlacedApp = AgentSettings["apps"][number] & {
  release: string;
  index: number;
  at: (...rest: (string | number)[]) => Path;
};

/** The apps of all agents. */
function allApps(agents: Record<string, AgentSettings>): PlacedApp[] {
  return Object.entries(agents).flatMap(([release, { apps }]) =>
    apps.map((app, index) => ({
      ...app,
      release,
      index,
      at: (...rest) => ["agents", release, "apps", index, ...rest],
    })),
  );
}

/** What a message about one app calls another. */
const called = (app: PlacedApp, seenFrom: PlacedApp) =>
  `${app.release === seenFrom.release ? "" : `agents.${app.release}.`}apps[${app.index}]`;

const appAddresses = rule({
  needs: ["clusterName", "agents"],
  check({ clusterName, agents, teleport }, report) {
    const proxies = new Set([clusterName, ...(teleport?.publicAddresses ?? []).map(hostOf)]);
    const apps = allApps(agents);
    for (const { name, publicAddress, at } of apps) {
      const host = appHost({ name, publicAddress }, clusterName);
      const path = at(publicAddress === undefined ? "name" : "publicAddress");
      if (proxies.has(host)) {
        report.problem(
          path,
          `makes the address "${host}", which is the proxy's own: choose another.`,
          [["clusterName"], ["teleport", "publicAddresses"]],
        );
      } else if (!covered(host, clusterName)) {
        report.problem(
          path,
          `is "${host}", outside the certificate's names (${clusterName}, *.${clusterName}): use one ` +
            `label below ${clusterName}, such as ${name}.${clusterName}, or leave it out.`,
          [["clusterName"]],
        );
      }
    }
    repeated(
      apps,
      ({ name }) => name,
      (two, one, name) =>
        report.problem(
          two.at("name"),
          `is "${name}", as ${called(one, two)} is called: rename one.`,
        ),
    );
    repeated(
      apps,
      (app) => appHost(app, clusterName),
      (two, one, host) => {
        // Two apps of one name have been reported already.
        if (one.name === two.name) return;
        report.problem(
          two.at(two.publicAddress === undefined ? "name" : "publicAddress"),
          `makes the host "${host}", which ${called(one, two)} (${one.name}) has already: change one of them.`,
          [one.at("publicAddress"), one.at("name")],
        );
      },
    );
  },
});

const appUris = rule({
  needs: ["agents", "clusterName"],
  check({ agents, clusterName }, report) {
    const apps = allApps(agents);
    for (const { name, uri, insecureSkipVerify, rewrite, publicAddress, at } of apps) {
      const path = at("uri");
      const url = URL.canParse(uri) ? new URL(uri) : undefined;
      if (url === undefined || url.hostname === "") {
        report.problem(path, "has no valid host and port (1-65535): write it as http://HOST:PORT.");
        continue;
      }
      if (url.username !== "" || url.password !== "") {
        report.problem(
          path,
          "holds a user name or password: keep it in Vault and send it by a header with `secret`.",
        );
      }
      if (url.port === "0") report.problem(path, `is "${uri}", and ports are 1-65535.`);
      const tcp = url.protocol === "tcp:";
      if (tcp && url.port === "") {
        report.problem(path, `is "${uri}", and a tcp app needs a port: tcp://HOST:PORT.`);
      }
      if (tcp && (rewrite.headers.length > 0 || rewrite.redirect.length > 0)) {
        report.problem(
          at("rewrite"),
          "has no meaning for a tcp:// app, which knows no headers: remove it.",
          [path],
        );
      }
      if (insecureSkipVerify && url.protocol !== "https:") {
        report.warning(at("insecureSkipVerify"), "has no effect, as the uri is not https.");
      }
      if (url.hostname === appHost({ name, publicAddress }, clusterName)) {
        report.problem(
          path,
          `leads to the app's own public address "${url.hostname}", a loop: use the internal address.`,
          [["clusterName"], at("publicAddress")],
        );
      }
    }
    repeated(
      apps.filter(({ uri }) => URL.canParse(uri)),
      ({ uri }) => new URL(uri).href,
      (two, one) =>
        report.warning(two.at("uri"), `is that of app ${one.name} too: is one of them a leftover?`),
    );
  },
});

const LABEL_KEY = /^[A-Za-z0-9/._*-]+$/;

const appLabels = rule({
  needs: ["agents"],
  check({ agents }, report) {
    for (const { labels, at } of allApps(agents)) {
      for (const key of Object.keys(labels)) {
        const path = at("labels", key);
        if (!LABEL_KEY.test(key)) {
          report.problem(
            path,
            "is not a Teleport label (letters, digits and / . _ - *): rename it.",
          );
        } else if (/^teleport\.(internal|hidden)\//.test(key)) {
          report.problem(path, "is a label that Teleport keeps to itself: rename it.");
        }
      }
    }
  },
});

/** The renderer of secret headers would take these texts for its own marks. */
const marks = rule({
  needs: ["agents"],
  check({ agents }, report) {
    for (const { uri, description, labels, at } of allApps(agents)) {
      const texts: [Path, string][] = [
        [at("uri"), uri],
        [at("description"), description ?? ""],
        ...Object.entries(labels).map(([key, value]): [Path, string] => [at("labels", key), value]),
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

const MOST_BYTES = 1024 * 1024;
/** Settings of the agent that are not apps, and the chart's own part. */
const OTHER_BYTES = 4096;

const configSize = rule({
  needs: ["agents", "clusterName"],
  check({ agents, clusterName }, report) {
    for (const [release, { apps }] of Object.entries(agents)) {
      const path = ["agents", release, "apps"];
      const bytes =
        OTHER_BYTES +
        apps.reduce(
          (sum, a) => sum + Buffer.byteLength(JSON.stringify(appConfig(a, clusterName))) + 2,
          0,
        );
      if (bytes > MOST_BYTES) {
        report.problem(
          path,
          `has ${apps.length} apps, whose configuration is about ${Math.ceil(bytes / 1024)} KiB, and a ` +
            "ConfigMap holds 1024 KiB: register apps as TeleportAppV3 resources, or split them over agents.",
        );
      } else if (bytes > MOST_BYTES * 0.8) {
        report.warning(
          path,
          `makes a configuration of about ${Math.ceil(bytes / 1024)} KiB, and a ConfigMap holds 1024 KiB.`,
        );
      }
    }
  },
});

export const appRules: readonly Rule[] = [appAddresses, appUris, appLabels, marks, configSize];
