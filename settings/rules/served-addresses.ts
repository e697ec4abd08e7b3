import { publicApps } from "../../inventory/apps";
import { servedHosts } from "../../inventory/served-hosts";
import { hostAndPort, urlHost } from "../../teleport/address";
import { getText } from "../../teleport/values";
import type { Path } from "../problem";
import { planeName, proxyHosts, rule, type RuleSettings, type Rule } from "./rule";

/**
 * Addresses that must not lead to the plane itself: its proxies answer for the cluster's name and every name below
 * it, with Teleport's login.
 */

type Settings = RuleSettings<never>;

/** Host of an image's registry. Undefined for an image without one. */
function registryHost(image: string | undefined): string | undefined {
  const [registry = "", ...path] = image?.split("/") ?? [];
  const isHost = path.length > 0 && /[.:]/.test(registry);
  return isHost ? hostAndPort(registry)?.host : undefined;
}

/** Host of an address, with or without a scheme. */
const hostOf = (address = "") => urlHost(address.includes("://") ? address : `any://${address}`);

/** Endpoint of a store of recordings that is not the cloud's own. */
function endpointHost(address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  return hostOf(new URL(address).searchParams.get("endpoint") ?? "");
}

type Needed = [path: Path, host: string | undefined];

/** Registries that nodes pull the plane's images from. */
const registries = ({ images, database }: Settings): Needed[] => {
  const { registry, teleport, operator, eventHandler, tbot, headerProxy, render } = images ?? {};
  const named = { teleport, operator, eventHandler, tbot, headerProxy, render };
  const credentials = database?.credentials;
  const bootstrap = credentials?.source === "generated" ? credentials.bootstrap : undefined;
  return [
    [["images", "registry"], registryHost(registry && `${registry}/image`)],
    ...Object.entries(named).map(([name, image]): Needed => [
      ["images", name],
      registryHost(image),
    ]),
    [["database", "credentials", "bootstrap", "image"], registryHost(bootstrap?.image)],
  ];
};

/** Identity providers, which people need before Teleport lets them in. */
const identityProviders = ({ resources, remoteAgents = {} }: Settings): Needed[] => {
  const urls = {
    githubConnectors: ["endpoint_url", "api_endpoint_url"],
    oidcConnectors: ["issuer_url"],
    samlConnectors: ["entity_descriptor_url", "sso", "single_logout_url"],
  } as const;
  const connectors = Object.entries(urls).flatMap(([collection, fields]) =>
    Object.entries(resources?.[collection as keyof typeof urls] ?? {}).flatMap(([name, { spec }]) =>
      fields.map((field): Needed => [
        ["resources", collection, name, "spec", field],
        hostOf(getText(spec, field)),
      ]),
    ),
  );
  const clusters = Object.entries(remoteAgents).map(([name, { join }]): Needed => [
    ["remoteAgents", name, "join", "issuer"],
    hostOf(getText(join, "issuer")),
  ]);
  return [...connectors, ...clusters];
};

/** Databases that agents connect to. */
const databases = ({ agents = {}, resources }: Settings): Needed[] => [
  ...Object.entries(agents).flatMap(([release, agent]) =>
    agent.databases.map(({ uri }, index): Needed => [
      ["agents", release, "databases", index, "uri"],
      hostOf(uri),
    ]),
  ),
  ...Object.entries(resources?.databases ?? {}).map(([name, { spec }]): Needed => [
    ["resources", "databases", name, "spec", "uri"],
    hostOf(getText(spec, "uri")),
  ]),
];

/** Hosts that must answer themselves, with their settings. */
function needed(settings: Settings): [Path, string][] {
  const { vault, chart, aws, database, eventHandler, teleport } = settings;
  const all: Needed[] = [
    [["vault", "address"], hostOf(vault?.address)],
    [["chart", "repository"], hostOf(chart?.repository)],
    [["chart", "oci"], hostOf(chart?.oci)],
    [["aws", "endpoint"], hostOf(aws?.endpoint)],
    [["eventHandler", "collector", "url"], hostOf(eventHandler?.collector.url)],
    [["eventHandler", "collector", "sessionUrl"], hostOf(eventHandler?.collector.sessionUrl)],
    [["database", "host"], hostOf(database?.host)],
    [["teleport", "sessionRecordings"], endpointHost(teleport?.sessionRecordings)],
    ...registries(settings),
    ...identityProviders(settings),
    ...databases(settings),
  ];
  return all.flatMap(([path, host]): [Path, string][] =>
    host === undefined ? [] : [[path, host]],
  );
}

const servedAddresses = rule({
  needs: [],
  check(settings, report) {
    const clusterName = planeName(settings);
    if (clusterName === undefined) return;
    const involves: Path[] = [["clusterName"], ["plane"], ["teleport", "publicAddresses"]];
    const proxies = proxyHosts(settings);
    const published = publicApps({ ...settings, clusterName });
    const servedBy = servedHosts(clusterName, published);
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
        continue;
      }
      if (host === own) {
        report.problem(
          path,
          `leads to the app's own public address "${host}", a loop: use the internal address.`,
          involves,
        );
        continue;
      }
      const served = servedBy(host);
      if (served?.by === "app") {
        report.problem(
          path,
          `leads to ${host}, where Teleport serves the app "${served.app}" and asks for a login: use the internal address.`,
          involves,
        );
      } else if (served !== undefined) {
        report.warning(
          path,
          `leads to ${host}, below the cluster's name, where the wildcard *.${clusterName} leads to Teleport: use the internal address.`,
          involves,
        );
      }
    }
    for (const [path, host] of needed(settings)) {
      const served = servedBy(host);
      if (served?.by === "app") {
        report.problem(
          path,
          `is at ${host}, where Teleport serves the app "${served.app}", so programs would get Teleport's ` +
            "login: use another address.",
          involves,
        );
      } else if (served?.by === "cluster") {
        report.problem(path, `is at ${host}, the cluster's own name: use another address.`, [
          ["clusterName"],
        ]);
      } else if (served !== undefined) {
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
