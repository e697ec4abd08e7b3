import { hasPortZero } from "../../teleport/address";
import { appHost, serviceAddress } from "../../teleport/names";
import { checkedApps, type CheckedApp } from "./placed-apps";
import { hostOf, repeated, type Report, rule, type Rule } from "./rule";

/** Rules about what an app is: HTTP, TCP, a cloud or an MCP server, and what each may have. */

/** Consoles of AWS's partitions (api/constants of Teleport 18). */
const AWS_CONSOLES = [
  "https://console.aws.amazon.com",
  "https://console.amazonaws-us-gov.com",
  "https://console.amazonaws.cn",
];

const WEB = ["http:", "https:"];

/** What the URL itself tells, without the part of the scheme that names the protocol inside. */
function parsed(uri: string): URL | undefined {
  const plain = uri.replace(/^mcp\+(sse\+)?/, "");
  return URL.canParse(plain) ? new URL(plain) : undefined;
}

const addresses = rule({
  needs: ["clusterName"],
  check(settings, report) {
    const apps = checkedApps(settings);
    const { clusterName, namespace, teleport } = settings;
    const service = serviceAddress(namespace?.name ?? "teleport");
    const proxies = [clusterName, ...[...(teleport?.publicAddresses ?? []), service].map(hostOf)];
    for (const one of apps) checkAddress(one, clusterName, proxies, report);
    repeated(
      apps.filter(({ app }) => app.uri !== undefined && URL.canParse(app.uri)),
      ({ app }) => new URL(app.uri ?? "").href,
      (two, one) =>
        report.warning(
          two.at("uri"),
          `is that of app ${one.app.name} too: is one of them a leftover?`,
        ),
    );
  },
});

function checkAddress(
  { app, at }: CheckedApp,
  clusterName: string,
  proxies: readonly string[],
  report: Report,
): void {
  const path = at("uri");
  const { uri, rewrite } = app;
  if (uri === undefined) {
    if (app.cloud === undefined && app.mcp === undefined) {
      report.problem(path, "is missing; add it: internal address, as the agent's pods reach it.");
    } else if (app.insecureSkipVerify) {
      report.warning(at("insecureSkipVerify"), "has no effect, as the app has no uri.");
    }
    return;
  }
  const url = parsed(uri);
  if (url === undefined || url.hostname === "") {
    report.problem(path, "has no valid host and port (1-65535): write it as http://HOST:PORT.");
    return;
  }
  if (hasPortZero(uri.replace(/^mcp\+(sse\+)?/, "")))
    report.problem(path, `is "${uri}", and ports are 1-65535.`);
  const tcp = url.protocol === "tcp:";
  if (tcp && url.port === "" && app.tcpPorts.length === 0) {
    report.problem(path, `is "${uri}", and a tcp app needs a port: tcp://HOST:PORT.`);
  }
  if (tcp && (rewrite.headers.length > 0 || rewrite.redirect.length > 0)) {
    report.problem(
      at("rewrite"),
      "has no meaning for a tcp:// app, which knows no headers: remove it.",
      [path],
    );
  }
  if (app.insecureSkipVerify && url.protocol !== "https:") {
    report.warning(at("insecureSkipVerify"), "has no effect, as the uri is not https.");
  }
  if (proxies.includes(url.hostname)) {
    report.problem(
      path,
      `leads to the proxy itself, "${url.hostname}": use the internal address of the app.`,
      [["clusterName"], ["teleport", "publicAddresses"]],
    );
  } else if (url.hostname === appHost(app, clusterName)) {
    report.problem(
      path,
      `leads to the app's own public address "${url.hostname}", a loop: use the internal address.`,
      [["clusterName"], at("publicAddress")],
    );
  }
}

/** Settings that belong to one kind of app. */
const kinds = rule({
  needs: [],
  check(settings, report) {
    for (const one of checkedApps(settings)) {
      checkPorts(one, report);
      checkCors(one, report);
      checkServers(one, report);
    }
  },
});

function checkPorts({ app, at }: CheckedApp, report: Report): void {
  if (app.tcpPorts.length === 0) return;
  const url = app.uri === undefined ? undefined : parsed(app.uri);
  if (url?.protocol !== "tcp:") {
    report.problem(at("tcpPorts"), "goes with a tcp:// uri only: remove it.", [at("uri")]);
  } else if (url.port !== "") {
    report.problem(
      at("tcpPorts"),
      `cannot go with port ${url.port} in the uri: write the uri as tcp://${url.hostname}.`,
      [at("uri")],
    );
  }
  for (const [index, { port, endPort }] of app.tcpPorts.entries()) {
    if (endPort !== undefined && endPort <= port) {
      report.problem(
        at("tcpPorts", index, "endPort"),
        `is ${endPort}, must be more than port ${port}, or be left out.`,
        [at("tcpPorts", index, "port")],
      );
    }
  }
}

function checkCors({ app, at }: CheckedApp, report: Report): void {
  if (app.cors === undefined) return;
  const url = app.uri === undefined ? undefined : parsed(app.uri);
  if (url !== undefined && !WEB.includes(url.protocol)) {
    report.problem(at("cors"), "has no meaning for an app that is not http(s): remove it.", [
      at("uri"),
    ]);
  }
  if (app.cors.allowCredentials && app.cors.allowedOrigins.includes("*")) {
    report.problem(
      at("cors", "allowCredentials"),
      'is true with the origin "*", which browsers refuse: name the origins.',
      [at("cors", "allowedOrigins")],
    );
  }
}

function checkServers({ app, at }: CheckedApp, report: Report): void {
  if (app.mcp !== undefined && app.uri !== undefined) {
    report.problem(at("mcp"), "starts a server in the agent, so it cannot go with a uri.", [
      at("uri"),
    ]);
  }
  if (app.mcp !== undefined && app.cloud !== undefined) {
    report.problem(at("mcp"), `cannot go with cloud ${app.cloud}: remove one.`, [at("cloud")]);
  }
  if (app.awsExternalId !== undefined && app.cloud !== "AWS") {
    const { uri = "" } = app;
    if (!AWS_CONSOLES.some((console) => uri.startsWith(console))) {
      report.problem(at("awsExternalId"), "goes with cloud AWS only: remove it.", [
        at("cloud"),
        at("uri"),
      ]);
    }
  }
  if (app.useAnyProxyPublicAddress && app.publicAddress !== undefined) {
    report.problem(
      at("useAnyProxyPublicAddress"),
      "cannot go with publicAddress: remove one of them.",
      [at("publicAddress")],
    );
  }
}

export const appKindRules: readonly Rule[] = [addresses, kinds];
