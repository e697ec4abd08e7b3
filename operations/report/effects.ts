import { objectName, type Change } from "../base/change";
import { releaseConfig, yamlText } from "./inputs-diff";
import { get, getText } from "../../teleport/values";
import { shortType } from "../base/urn";

/** What people notice of a change, the worst first. */
export const LEVELS = ["outage", "disconnects", "restarts", "notice"] as const;
export type Level = (typeof LEVELS)[number];

/** One consequence for people and pods. */
export interface Effect {
  level: Level;
  /** Resource it comes from. */
  resource: string;
  text: string;
}

type Mapping = Record<string, unknown>;

const mapping = (value: unknown): Mapping =>
  typeof value === "object" && value !== null ? (value as Mapping) : {};
const same = (a: unknown, b: unknown) => yamlText({ v: a }) === yamlText({ v: b });
const goes = ({ operation }: Change) => operation === "delete" || operation === "replace";

/** Name of a chart wherever it comes from. */
const chartName = (inputs: unknown) => getText(inputs, "chart").split("/").at(-1);

/** A chart in a folder says its version there, not in the inputs. */
const sameVersion = (before: unknown, after: unknown) => {
  const [from, to] = [getText(before, "version"), getText(after, "version")];
  return from === "" || to === "" || from === to;
};

/** Values that change the number of pods and nothing in them. */
function withoutScale(values: unknown): Mapping {
  return Object.fromEntries(
    Object.entries(mapping(values)).filter(([key]) => key !== "highAvailability"),
  );
}

/** Values of the cluster's chart at its root that only one of the two workloads reads. */
const PROXY_ONLY = ["service", "annotations", "ingress"];
const NEITHER = [
  "auth",
  "proxy",
  "operator",
  "persistence",
  "validateConfigOnDeploy",
  "highAvailability",
];

function clusterEffects(change: Change): Omit<Effect, "resource">[] {
  const { before, after } = change;
  if (goes(change)) {
    return [{ level: "outage", text: "auth, proxies and operator go: nobody has access" }];
  }
  if (!sameVersion(before, after) || !same(chartName(before), chartName(after))) {
    const versions = [before, after].map((inputs) => getText(inputs, "version") || "local");
    return [
      {
        level: "disconnects",
        text:
          `chart ${versions.join(" → ")}: auth, then proxies restart one by one; ` +
          "every session through a proxy is cut once and can start anew at once",
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
  const effects: Omit<Effect, "resource">[] = [];
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

function agentEffects(change: Change): Omit<Effect, "resource">[] {
  const { before, after } = change;
  const apps = get(before, "values", "apps");
  const behind = Array.isArray(apps) && apps.length > 0 ? ` of ${apps.length} static apps` : "";
  if (goes(change)) {
    return [
      { level: "outage", text: `the agent goes, and with it access to its resources${behind}` },
    ];
  }
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

const synced = (change: Change): Omit<Effect, "resource">[] => {
  const spec = get(change.after ?? change.before, "spec");
  const targets = get(spec, "rolloutRestartTargets");
  const names = (Array.isArray(targets) ? targets : []).map(
    (target) => `${getText(target, "kind")} ${getText(target, "name")}`,
  );
  if (goes(change)) {
    return [{ level: "outage", text: "the Secret goes; pods that need it do not start any more" }];
  }
  return names.length === 0
    ? []
    : [{ level: "restarts", text: `when the value differs, ${names.join(", ")} restarts` }];
};

const rotated = (): Omit<Effect, "resource">[] => [
  { level: "restarts", text: "the database gets a new password; auth pods restart one by one" },
];

function tokenEffects(change: Change): Omit<Effect, "resource">[] {
  if (goes(change)) {
    return [{ level: "restarts", text: "agents that join by this token cannot join again" }];
  }
  const roles = [change.before, change.after].map((inputs) => get(inputs, "spec", "roles"));
  const [old, next] = roles.map((list) => (Array.isArray(list) ? list.map(String) : []));
  const lost = (old ?? []).filter((role) => next?.includes(role) !== true);
  const methods = [change.before, change.after].map((inputs) =>
    getText(inputs, "spec", "join_method"),
  );
  const still = [
    ...(lost.length === 0 ? [] : [`serve ${lost.join(", ")}`]),
    ...(methods[0] === methods[1] ? [] : [`join by ${methods[0] ?? ""}`]),
  ];
  return still.map((what) => ({
    level: "notice",
    text: `agents that still ${what} cannot join anew; those that have joined go on: deploy their stack first`,
  }));
}

const addressed =
  (what: string) =>
  (change: Change): Omit<Effect, "resource">[] =>
    goes(change) ? [{ level: "outage", text: what }] : [];

/** Consequences by the end of the type; what is new disturbs nobody. */
const EFFECTS: Record<string, (change: Change) => Omit<Effect, "resource">[]> = {
  Namespace: addressed("everything in the namespace goes"),
  Release: (change) =>
    /teleport-cluster$/.test(getText(change.after ?? change.before, "chart"))
      ? clusterEffects(change)
      : agentEffects(change),
  Certificate: (change) =>
    goes(change)
      ? [{ level: "notice", text: "the Secret stays; nothing renews it" }]
      : [{ level: "notice", text: "issued anew; proxies load it without a restart" }],
  VaultStaticSecret: synced,
  VaultDynamicSecret: synced,
  RandomPassword: rotated,
  SecretBackendStaticRole: rotated,
  ServicePatch: (change) => {
    const port = (inputs: unknown) => getText(inputs, "spec", "ports", 0, "nodePort");
    return [
      {
        level: "disconnects",
        text: `node port ${port(change.before)} → ${port(change.after)}: connections through the load balancer are cut`,
      },
    ];
  },
  LoadBalancer: addressed("a new load balancer with a new address; the old one's connections end"),
  TargetGroup: (change) =>
    goes(change)
      ? [
          {
            level: "disconnects",
            text: "the listener moves to another target group; the old one's connections are drained",
          },
        ]
      : [],
  Listener: addressed("nobody listens on port 443 until the new one does"),
  Record: addressed("the name does not resolve in between; resolvers remember that for a while"),
  SecurityGroupIngressRule: addressed("this way in is closed"),
  SecurityGroupEgressRule: addressed("the load balancer does not reach the nodes in between"),
  TeleportUser: (change) =>
    goes(change) ? [{ level: "disconnects", text: "the user cannot log in any more" }] : [],
  TeleportProvisionToken: tokenEffects,
};

const isRole = (type: string) => /^TeleportRole(V\d+)?$/.test(type);

/** What people and pods notice, the worst first. */
export function effects(changes: readonly Change[]): Effect[] {
  const found = changes.flatMap((change): Effect[] => {
    const type = shortType(change.type);
    if (change.operation === "create" || change.operation === "import") return [];
    if (change.operation === "forget") return [];
    const resource = `${type} ${objectName(change)}`;
    const own = isRole(type)
      ? [
          {
            level: goes(change) ? ("disconnects" as const) : ("notice" as const),
            text: goes(change)
              ? "who holds the role loses what it gave"
              : "applies to everybody who holds it at the next connection",
          },
        ]
      : (EFFECTS[type]?.(change) ?? []);
    return own.map((effect) => ({ ...effect, resource }));
  });
  const rank = ({ level }: Effect) => LEVELS.indexOf(level);
  const byName = (a: Effect, b: Effect) => (a.resource < b.resource ? -1 : 1);
  return found.sort((a, b) => rank(a) - rank(b) || (a.resource === b.resource ? 0 : byName(a, b)));
}
