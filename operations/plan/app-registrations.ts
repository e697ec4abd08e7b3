import { placeApps, type AppSettings, type PlacedApp } from "../../inventory/apps";
import { CAUSES } from "../../teleport/apps/registration";

/** How and why the apps of a stack are registered, for people and scripts. */

/** An app of a stack. */
export interface AppRegistration {
  app: string;
  /** Release of its agent. */
  agent: string;
  registration: PlacedApp["registration"];
  cause: PlacedApp["cause"];
  /** Completes "static, because …". */
  reason: string;
}

/** Number of apps to name for each reason, unless all are wanted. */
const NAMED = 5;

/** All apps of a stack's settings, by name. */
export function appRegistrations(settings: AppSettings | { kind: string }): AppRegistration[] {
  // Stacks without agents and catalogue have no apps.
  return placeApps(settings as AppSettings)
    .map(({ app, release = "", registration, cause, reason }) => ({
      app: app.name,
      agent: release,
      registration,
      cause,
      reason,
    }))
    .sort((a, b) => (a.app < b.app ? -1 : 1));
}

const names = (apps: readonly string[]) =>
  apps.length <= NAMED + 1
    ? apps.join(", ")
    : `${apps.slice(0, NAMED).join(", ")} and ${apps.length - NAMED} more`;

/** One line for each registration and reason, the most frequent first. Empty without apps. */
export function registrationLines(apps: readonly AppRegistration[]): string[] {
  const groups = new Map<string, AppRegistration[]>();
  for (const app of apps) {
    const key = `${app.registration}, because ${CAUSES[app.cause]}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(app);
  }
  return [...groups]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([why, group]) => `${group.length} ${why}: ${names(group.map(({ app }) => app))}`);
}

/** All apps with agent, registration and reason, in columns. */
export function appTable(apps: readonly AppRegistration[]): string {
  if (apps.length === 0) return "This stack has no apps.";
  const width = (texts: string[]) => texts.reduce((most, text) => Math.max(most, text.length), 0);
  const [app, agent] = [width(apps.map((one) => one.app)), width(apps.map((one) => one.agent))];
  return apps
    .map((one) =>
      [one.app.padEnd(app), one.agent.padEnd(agent), one.registration.padEnd(7), one.reason].join(
        "  ",
      ),
    )
    .join("\n");
}

/** Time during which an app that moves is not available. */
const GAP = {
  static:
    "both restart, its sessions end, and nobody can open it from the restart of the first until that of " +
    "the second is done (some minutes at worst)",
  dynamic: "its sessions end, and nobody can open it for some seconds",
};

/** Apps whose registration differs in other settings, one line each. */
export function movedApps(
  before: readonly AppRegistration[],
  after: readonly AppRegistration[],
): string[] {
  const known = new Map(before.map((one) => [one.app, one]));
  return after.flatMap(({ app, agent, registration, reason }) => {
    const old = known.get(app);
    if (old === undefined) return [];
    if (old.registration !== registration) {
      return [`${app} becomes ${registration} instead of ${old.registration}, because ${reason}`];
    }
    return old.agent === agent
      ? []
      : [`${app} moves from agent ${old.agent} to ${agent}: ${GAP[registration]}`];
  });
}
