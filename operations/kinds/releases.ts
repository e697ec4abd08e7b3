import { chartName } from "../../teleport/charts";
import { agentConfig, clusterConfig, type RenderedConfig } from "../../teleport/teleport-yaml";
import { get, getText, isMapping, list, mapping, type Mapping } from "../../teleport/values";
import type { Change } from "../base/change";
import { typeChain } from "../base/urn";
import { yamlText } from "../base/yaml-text";
import {
  fact,
  factText,
  type Consequence,
  type CostOfReturn,
  type ResourceKind,
  type Typed,
} from "./resource-kind";

const same = (a: unknown, b: unknown) => yamlText({ v: a }) === yamlText({ v: b });

/** Name of a chart from any source. */
const chartOf = (inputs: unknown) => chartName(getText(inputs, "chart"));

/** Whether the version is the same. The inputs of a chart in a folder have no version. */
const sameVersion = (before: unknown, after: unknown) => {
  const [from, to] = [getText(before, "version"), getText(after, "version")];
  return from === "" || to === "" || from === to;
};

/** Values without those that only change the number of pods. */
function withoutScale(values: unknown): Mapping {
  return Object.fromEntries(
    Object.entries(mapping(values)).filter(([key]) => key !== "highAvailability"),
  );
}

/** Root values of the cluster's chart that only the proxies read. */
const PROXY_ONLY = ["service", "annotations", "ingress"];
const NEITHER = [
  "auth",
  "proxy",
  "operator",
  "persistence",
  "validateConfigOnDeploy",
  "highAvailability",
];

function clusterEffects(change: Change): Consequence[] {
  const { before, after } = change;
  if (!sameVersion(before, after) || !same(chartOf(before), chartOf(after))) {
    const versions = [before, after].map((inputs) => getText(inputs, "version") || "local");
    return [
      {
        level: "disconnects",
        text:
          `chart ${versions.join(" → ")}: auth, then proxies restart one by one; ` +
          "every session through a proxy is cut once and can start again at once",
      },
    ];
  }
  const [old, next] = [releaseConfig(before), releaseConfig(after)];
  const root = (config: typeof old, except: string[]) =>
    Object.fromEntries(Object.entries(config?.rest ?? {}).filter(([key]) => !except.includes(key)));
  const pods = (part: string, except: string[]) =>
    !same(old?.files[part], next?.files[part]) ||
    !same(withoutScale(old?.rest[part]), withoutScale(next?.rest[part])) ||
    !same(root(old, except), root(next, except));
  const effects: Consequence[] = [];
  if (pods("proxy", NEITHER)) {
    effects.push({
      level: "disconnects",
      text: "proxies restart one by one; sessions through each are cut once",
    });
  }
  if (pods("auth", [...NEITHER, ...PROXY_ONLY])) {
    effects.push({ level: "restarts", text: "auth pods restart one by one; sessions go on" });
  }
  if (!same(old?.rest["operator"], next?.rest["operator"])) {
    effects.push({ level: "restarts", text: "the operator restarts; sessions go on" });
  }
  for (const part of ["auth", "proxy"]) {
    const replicas = [old, next].map((config) =>
      getText(config?.rest[part], "highAvailability", "replicaCount"),
    );
    if (replicas[0] !== replicas[1]) {
      effects.push({ level: "notice", text: `${part}: ${replicas.join(" → ")} pods` });
    }
  }
  return effects;
}

function agentEffects(change: Change): Consequence[] {
  const { before, after } = change;
  const apps = list(get(before, "values", "apps")).length;
  const behind = apps > 0 ? ` of ${apps} static apps` : "";
  const [old, next] = [releaseConfig(before), releaseConfig(after)];
  const pods =
    !same(old?.files, next?.files) ||
    !same(withoutScale(old?.rest), withoutScale(next?.rest)) ||
    !sameVersion(before, after);
  return pods
    ? [
        {
          level: "disconnects",
          text: `all agent pods restart one by one; sessions${behind} through them are cut`,
        },
      ]
    : [];
}

/** Configuration that the values of a Teleport release render to. Undefined for another chart. */
export function releaseConfig(inputs: Mapping | undefined): RenderedConfig | undefined {
  const chart = chartOf(inputs);
  const values = get(inputs, "values");
  if (!isMapping(values)) return undefined;
  if (chart === "teleport-cluster") return clusterConfig(values);
  if (chart === "teleport-kube-agent") return agentConfig(values);
  return undefined;
}

function releaseFacts(inputs: unknown): (string | undefined)[] {
  const given = (label: string, value: unknown) =>
    value === undefined ? undefined : label.replace("%", factText(value));
  const values = get(inputs, "values");
  return [
    `chart ${fact(inputs, "chart")} ${factText(get(inputs, "version") ?? "")}`.trim(),
    given(
      "% replicas",
      get(values, "highAvailability", "replicaCount") ??
        get(values, "proxy", "highAvailability", "replicaCount"),
    ),
    given("at %", get(values, "publicAddr")),
    given("joins at %", get(values, "proxyAddr")),
    ...list(get(values, "apps")).map(
      (app) => `app https://${fact(app, "public_addr")} → ${fact(app, "uri")}`,
    ),
  ];
}

function versionCost({ before, after }: Change): CostOfReturn[] {
  const [from, to] = [getText(before, "version"), getText(after, "version")];
  if (from === "" || to === "" || from === to) return [];
  const major = (version: string) => version.split(".")[0];
  return major(from) === major(to)
    ? [
        {
          cost: "disturbs again",
          reason: `Teleport ${to} → ${from} restarts everything once more; read its release notes first`,
        },
      ]
    : [
        {
          cost: "one way",
          reason:
            `Teleport ${to} migrates its database and does not run on it as ${from} again: ` +
            "going back means restoring the database; take a backup first",
        },
      ];
}

function nameCost({ before, after }: Change): CostOfReturn[] {
  const [from, to] = [before, after].map((inputs) => get(inputs, "values", "clusterName"));
  if (before === undefined || after === undefined || from === to) return [];
  const reason = "the cluster's name is its identity: every certificate and agent starts over";
  return [{ cost: "one way", reason }];
}

/** Matches a release by its chart or by its component. */
const isOf =
  (chart: string, component: string) =>
  ({ urn = "", inputs }: Typed): boolean =>
    chartOf(inputs) === chart || typeChain(urn).includes(`access-plane:components:${component}`);

const release = {
  type: /^kubernetes:helm\.sh\/v3:Release$/,
  facts: releaseFacts,
  fixed: ["name", "namespace"],
};

/** Helm releases: Teleport, its agents, and others. */
export const RELEASES: readonly ResourceKind[] = [
  {
    ...release,
    is: isOf("teleport-cluster", "TeleportCluster"),
    effects: clusterEffects,
    returns: (change) => [...versionCost(change), ...nameCost(change)],
    lost: {
      level: "outage",
      text: "auth, proxies and operator are deleted: nobody can log in until they are back",
      allow: "teleport",
    },
  },
  {
    ...release,
    is: isOf("teleport-kube-agent", "TeleportAgent"),
    effects: agentEffects,
    lost: {
      level: "outage",
      text: "nobody reaches what it serves until it is back",
      allow: "agent",
    },
  },
  {
    ...release,
    is: isOf("teleport-plugin-event-handler", "EventHandler"),
    lost: {
      level: "outage",
      text: "audit events and sessions are no longer exported",
      allow: "event-handler",
    },
  },
  release,
];
