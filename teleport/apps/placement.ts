import type { App } from "./app";
import { agentFor } from "./assignment";
import { decide, type Decision, type Wish } from "./registration";

/** An app as the settings have it: inside an agent's section, or in the catalogue. */
type Declared<Extra> = Omit<App, "name"> & Extra;

/** What an agent's section says of apps. */
interface AgentApps {
  apps: Declared<{ name: string; registration: Wish }>[];
  dynamicApps: boolean;
  secretHeaders: "sidecar" | "rendered";
}

/** True for an agent that serves apps, whichever way they are registered. */
export function servesApps(agent: { apps: readonly unknown[]; dynamicApps: boolean }): boolean {
  return agent.apps.length > 0 || agent.dynamicApps;
}

/** The part of a stack's settings that says which apps there are. */
export interface AppSettings {
  agents?: Record<string, AgentApps>;
  /** The catalogue. A stack without one has no Teleport operator for dynamic apps. */
  apps?: {
    entries: Record<string, Declared<{ agent?: string; registration?: Wish }>>;
    registration: Wish;
    agents?: string[];
  };
}

/** An app, the agent that serves it, how, and where the settings have it. */
export interface PlacedApp extends Decision {
  app: App;
  /** Release of the agent; undefined when no agent is left to serve it. */
  release?: string;
  wish: Wish;
  /** Its agent adds secret headers by a sidecar. */
  injected: boolean;
  /** Path in the settings. */
  path: readonly (string | number)[];
}

/** Rules and components ask many times, and ten thousand apps are a lot of hashing. */
const cache = new WeakMap<object, { agents: object | undefined; placed: PlacedApp[] }>();

/** Every app of a stack, each with its agent and the way it is registered. */
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
      wish: app.registration,
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
    const wish = entry.registration ?? apps?.registration ?? "auto";
    const release = entry.agent ?? agentFor(name, shared);
    const injected = release !== undefined && agents?.[release]?.secretHeaders === "sidecar";
    return {
      app: { ...entry, name },
      release,
      wish,
      injected,
      path: ["apps", "entries", name],
      ...decide(entry, wish, { operator: true, injected }),
    };
  });
}

/** The apps of one agent by the way they are registered. */
export function appsOf(release: string, placed: readonly PlacedApp[]) {
  const of = (registration: string) =>
    placed.flatMap((one) =>
      one.release === release && one.registration === registration ? [one.app] : [],
    );
  return { staticApps: of("static"), dynamicApps: of("dynamic") };
}
