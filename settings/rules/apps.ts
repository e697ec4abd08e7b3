import { appConfig } from "../../teleport/agent-values";
import { PLACEHOLDER } from "../../teleport/headers";
import { appHost } from "../../teleport/names";
import type { Path } from "../problem";
import { covered, duplicates, hostOf, type Rule } from "./rule";

/** Rules about the apps behind the agent; those about headers are in headers.ts. */

const app = (index: number, ...rest: (string | number)[]): Path => [
  "agent",
  "apps",
  index,
  ...rest,
];

const appAddresses: Rule = {
  needs: ["clusterName", "agent"],
  check({ clusterName, agent, teleport }, report) {
    const proxies = new Set([clusterName, ...(teleport.publicAddresses ?? []).map(hostOf)]);
    for (const [index, { name, publicAddress }] of agent.apps.entries()) {
      const host = appHost({ name, publicAddress }, clusterName);
      const path = app(index, publicAddress === undefined ? "name" : "publicAddress");
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
    duplicates(
      agent.apps,
      ({ name }) => name,
      (index, first, name) =>
        report.problem(
          app(index, "name"),
          `is "${name}", as apps[${first}] is called: rename one.`,
        ),
    );
    const different = agent.apps.map((a) => ({
      ...a,
      host: appHost(a, clusterName),
    }));
    duplicates(
      different,
      ({ host }) => host,
      (index, first, host) => {
        const [one, two] = [different[first], different[index]];
        // Two apps of one name have been reported already.
        if (one === undefined || two === undefined || one.name === two.name) return;
        report.problem(
          app(index, two.publicAddress === undefined ? "name" : "publicAddress"),
          `makes the host "${host}", which apps[${first}] (${one.name}) has already: change one of them.`,
          [app(first, "publicAddress"), app(first, "name")],
        );
      },
    );
  },
};

const appUris: Rule = {
  needs: ["agent", "clusterName"],
  check({ agent, clusterName }, report) {
    for (const [
      index,
      { name, uri, insecureSkipVerify, rewrite, publicAddress },
    ] of agent.apps.entries()) {
      const path = app(index, "uri");
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
          app(index, "rewrite"),
          "has no meaning for a tcp:// app, which knows no headers: remove it.",
          [path],
        );
      }
      if (insecureSkipVerify && url.protocol !== "https:") {
        report.warning(app(index, "insecureSkipVerify"), "has no effect, as the uri is not https.");
      }
      if (url.hostname === appHost({ name, publicAddress }, clusterName)) {
        report.problem(
          path,
          `leads to the app's own public address "${url.hostname}", a loop: use the internal address.`,
          [["clusterName"], app(index, "publicAddress")],
        );
      }
    }
    const plain = agent.apps.filter(({ uri }) => URL.canParse(uri));
    duplicates(
      plain,
      ({ uri }) => new URL(uri).href,
      (index, first) => {
        const [one, two] = [plain[first], plain[index]];
        if (one === undefined || two === undefined) return;
        report.warning(
          app(agent.apps.indexOf(two), "uri"),
          `is that of app ${one.name} too: is one of them a leftover?`,
        );
      },
    );
  },
};

const LABEL_KEY = /^[A-Za-z0-9/._*-]+$/;

const appLabels: Rule = {
  needs: ["agent"],
  check({ agent }, report) {
    for (const [index, { labels }] of agent.apps.entries()) {
      for (const key of Object.keys(labels)) {
        const path = app(index, "labels", key);
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
};

/** The renderer of secret headers would take these texts for its own marks. */
const marks: Rule = {
  needs: ["agent"],
  check({ agent }, report) {
    for (const [index, { uri, description, labels }] of agent.apps.entries()) {
      const texts: [Path, string][] = [
        [app(index, "uri"), uri],
        [app(index, "description"), description ?? ""],
        ...Object.entries(labels).map(([key, value]): [Path, string] => [
          app(index, "labels", key),
          value,
        ]),
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
};

const MOST_BYTES = 1024 * 1024;
/** Settings of the agent that are not apps, and the chart's own part. */
const OTHER_BYTES = 4096;

const configSize: Rule = {
  needs: ["agent", "clusterName"],
  check({ agent, clusterName }, report) {
    const bytes =
      OTHER_BYTES +
      agent.apps.reduce(
        (sum, a) => sum + Buffer.byteLength(JSON.stringify(appConfig(a, clusterName))) + 2,
        0,
      );
    if (bytes > MOST_BYTES) {
      report.problem(
        ["agent", "apps"],
        `has ${agent.apps.length} apps, whose configuration is about ${Math.ceil(bytes / 1024)} KiB, and a ` +
          "ConfigMap holds 1024 KiB: register apps as TeleportAppV3 resources, or split them over agents.",
      );
    } else if (bytes > MOST_BYTES * 0.8) {
      report.warning(
        ["agent", "apps"],
        `makes a configuration of about ${Math.ceil(bytes / 1024)} KiB, and a ConfigMap holds 1024 KiB.`,
      );
    }
  },
};

export const appRules: readonly Rule[] = [appAddresses, appUris, appLabels, marks, configSize];
