import { appUri, secretKeys, servesApps, type App } from "../teleport/apps/app";
import { decide, type Decision, type RequestedRegistration } from "../teleport/apps/registration";
import { readApp } from "../teleport/apps/read-app";
import { appHost } from "../teleport/names";
import { agentFor } from "./app-assignment";

/** An app as the settings have it: inside an agent's section, or in the catalogue. */
type Declared<Extra> = Omit<App, "name"> & Extra;

/** The settings of an agent about apps. */
interface AgentApps {
  apps: Declared<{ name: string; registration: RequestedRegistration }>[];
  dynamicApps: boolean;
  secretHeaders: "sidecar" | "rendered";
}

/** The part of a stack's settings that declares apps. */
export interface AppSettings {
  agents?: Record<string, AgentApps>;
  /** The catalogue. A stack without one cannot have dynamic apps. */
  apps?: {
    entries: Record<string, Declared<{ agent?: string; registration?: RequestedRegistration }>>;
    registration: RequestedRegistration;
    agents?: string[];
  };
}

/** An app with its agent, its registration and its place in the settings. */
export interface PlacedApp extends Decision {
  app: App;
  /** Release of the agent. Undefined if no agent serves apps. */
  release?: string;
  requested: RequestedRegistration;
  /** True if a sidecar of the agent adds the secret headers. */
  injected: boolean;
  /** Path in the settings. */
  path: readonly (string | number)[];
}

/** Rules and components ask many times, and hashing ten thousand apps takes long. */
const cache = new WeakMap<object, { agents: object | undefined; placed: PlacedApp[] }>();

/** Every app of a stack with its agent and its registration. */
export function placeApps({ agents, apps }: AppSettings): PlacedApp[] {
  const key = apps ?? agents;
  if (key === undefined) return [];
  const known = cache.get(key);
  if (known !== undefined && known.agents === agents) return known.placed;
  const placed = [...inlineApps(agents ?? {}, apps !== undefined), ...catalogueApps(agents, apps)];
  cache.set(key, { agents, placed });
  return placed;
}

function inlineApps(agents: NonNullable<AppSettings["agents"]>, operator: boolean): PlacedApp[] {
  return Object.entries(agents).flatMap(([release, agent]) => {
    const injected = agent.secretHeaders === "sidecar";
    return agent.apps.map((app, index) => ({
      app,
      release,
      requested: app.registration,
      injected,
      path: ["agents", release, "apps", index],
      ...decide(app, app.registration, { operator, injected }),
    }));
  });
}

function catalogueApps(agents: AppSettings["agents"], apps: AppSettings["apps"]): PlacedApp[] {
  const serving = Object.entries(agents ?? {}).filter(([, agent]) => servesApps(agent));
  const shared = apps?.agents ?? serving.map(([release]) => release);
  return Object.entries(apps?.entries ?? {}).map(([name, entry]) => {
    const requested = entry.registration ?? apps?.registration ?? "auto";
    const release = entry.agent ?? agentFor(name, shared);
    const injected = release !== undefined && agents?.[release]?.secretHeaders === "sidecar";
    return {
      app: { ...entry, name },
      release,
      requested,
      injected,
      path: ["apps", "entries", name],
      ...decide(entry, requested, { operator: true, injected }),
    };
  });
}

/** The apps of one agent by registration. */
export function appsByRegistration(release: string, placed: readonly PlacedApp[]) {
  const of = (registration: string) =>
    placed.flatMap((one) =>
      one.release === release && one.registration === registration ? [one.app] : [],
    );
  return { staticApps: of("static"), dynamicApps: of("dynamic") };
}

/** Secret headers of an app in Teleport's configuration. */
export interface ReadableHeaders {
  agent: string;
  app: string;
  headers: string[];
  /** Keys of the agent's credentials with their values. */
  keys: string[];
}

/** Secret headers that every user of the app can read: those of agents without a sidecar. */
export function readableHeaders(settings: AppSettings): ReadableHeaders[] {
  return placeApps(settings).flatMap(({ app, release = "", injected }) => {
    const secret = app.rewrite.headers.filter((header) => "secret" in header);
    if (injected || secret.length === 0) return [];
    const headers = secret.map(({ name }) => name);
    return [{ agent: release, app: app.name, headers, keys: secretKeys(app) }];
  });
}

/** An app with its addresses. */
export interface PublicApp {
  name: string;
  /** Internal address, for the agent. */
  uri: string;
  /** Public host. */
  host: string;
  /** Setting that declares it. */
  path: readonly (string | number)[];
}

/** The settings of a plane that declare apps. */
export interface PublishingSettings extends AppSettings {
  clusterName: string;
  /** `resources.apps`: TeleportAppV3 as Teleport writes it. */
  resources?: { apps?: Record<string, { spec?: unknown }> };
}

/** Every app of a stack: of its agents, of the catalogue, and of `resources.apps`. */
export function publicApps(settings: PublishingSettings): PublicApp[] {
  const { clusterName, resources } = settings;
  return [
    ...placeApps(settings).map(({ app, path }) => ({
      name: app.name,
      uri: appUri(app),
      host: appHost(app, clusterName),
      path,
    })),
    ...Object.entries(resources?.apps ?? {}).map(([name, { spec }]) => {
      const { uri, publicAddress } = readApp(name, { spec });
      return {
        name,
        uri: uri ?? "",
        host: appHost({ name, publicAddress }, clusterName),
        path: ["resources", "apps", name],
      };
    }),
  ];
}
