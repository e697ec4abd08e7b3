import { appHost } from "../teleport/names";
import { publicApps, type PlacedApp, type PublishingSettings } from "./apps";

/** Outputs of a plane that a stack of apps reads. Older planes lack some of them. */
export interface PlaneOutputs {
  clusterName: string;
  agents?: Record<string, { apps: Record<string, string>; dynamicApps?: boolean }>;
  remoteAgents?: Record<string, { release: string; services: readonly string[] }>;
  /** Public address of each app of the plane's `resources.apps`. */
  registeredApps?: Record<string, string>;
}

/** Public address of each app of `resources.apps`. */
export const registeredApps = (settings: PublishingSettings): Record<string, string> =>
  Object.fromEntries(
    publicApps(settings)
      .filter(({ path }) => path[0] === "resources")
      .map(({ name, host }) => [name, `https://${host}`]),
  );

/** Why a plane's agents cannot serve the apps of another stack, one sentence for each fault. */
export function appStackFaults(placed: readonly PlacedApp[], plane: PlaneOutputs): string[] {
  const { agents, remoteAgents = {}, registeredApps: registered = {}, clusterName } = plane;
  if (agents === undefined) return [];
  const elsewhere = Object.values(remoteAgents).filter(({ services }) => services.includes("app"));
  const known = [...Object.keys(agents), ...elsewhere.map(({ release }) => release)];
  const releases = [...new Set(placed.flatMap(({ release }) => release ?? []))];
  const missing = releases.flatMap((release) => {
    if (!known.includes(release)) {
      const names = known.length === 0 ? "none" : known.join(", ");
      return [`agent ${release} is none of the plane's (${names}): correct apps.agents`];
    }
    const own = Object.hasOwn(agents, release) ? agents[release] : undefined;
    const serves = own?.dynamicApps !== false || elsewhere.some((one) => one.release === release);
    return serves
      ? []
      : [
          `agent ${release} serves no such apps: set dynamicApps in the plane's stack, and deploy that first`,
        ];
  });
  const served = new Map<string, string>();
  for (const { apps: own } of [...Object.values(agents), { apps: registered }]) {
    for (const [name, url] of Object.entries(own)) served.set(name, url.replace(/^https:\/\//, ""));
  }
  const taken = placed.flatMap(({ app }) => {
    const host = appHost(app, clusterName);
    const twin = [...served].find(([name, other]) => name === app.name || other === host);
    if (twin === undefined) return [];
    return [
      twin[0] === app.name
        ? `app ${app.name} is served by the plane already (${twin[1]}): rename it`
        : `app ${app.name} has the host ${host}, which the plane's app ${twin[0]} has already: change one of them`,
    ];
  });
  return [...missing, ...taken];
}
