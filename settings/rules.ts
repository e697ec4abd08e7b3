import type { Path, Problem } from "./problem";
import { KINDS, type Settings } from "./schema";
import { agentJoinRules } from "./rules/agent-join";
import { agentRules } from "./rules/agent";
import { appKindRules } from "./rules/app-kinds";
import { appRules } from "./rules/apps";
import { certificateRules } from "./rules/certificate";
import { databaseRules } from "./rules/database";
import { eventHandlerRules } from "./rules/event-handler";
import { headerRules } from "./rules/headers";
import { loadBalancerRules } from "./rules/load-balancer";
import { planeRules } from "./rules/plane";
import { platformRules } from "./rules/platform";
import { rbacRules } from "./rules/rbac";
import { registrationRules } from "./rules/registration";
import { declaredResourceRules } from "./rules/resource-checks";
import { resourceRules } from "./rules/resources";
import { teleportRules } from "./rules/teleport";

const RULES = [
  ...platformRules,
  ...planeRules,
  ...certificateRules,
  ...databaseRules,
  ...teleportRules,
  ...resourceRules,
  ...declaredResourceRules,
  ...rbacRules,
  ...agentRules,
  ...agentJoinRules,
  ...appRules,
  ...appKindRules,
  ...registrationRules,
  ...headerRules,
  ...eventHandlerRules,
  ...loadBalancerRules,
];

/** What the rules between fields find; rules about absent sections keep quiet. */
export function checkRules(
  settings: Settings,
  absent: ReadonlySet<string> = new Set(),
): { problems: Problem[]; warnings: Problem[] } {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const place = (path: Path): Path =>
    path[0] === "clusterName" && "plane" in settings ? ["plane", ...path] : path;
  const report = {
    problem: (path: Path, message: string, involves: readonly Path[] = []) =>
      problems.push({ path: place(path), message, involves: involves.map(place) }),
    warning: (path: Path, message: string, involves: readonly Path[] = []) =>
      warnings.push({ path: place(path), message, involves: involves.map(place) }),
  };
  // Rules ask for the cluster's name, wherever a kind of stack keeps it.
  const given =
    "plane" in settings ? { ...settings, clusterName: settings.plane.clusterName } : settings;
  const has = (section: string) =>
    !absent.has(section) &&
    (section === "clusterName"
      ? given.clusterName !== undefined && !absent.has("plane")
      : Object.hasOwn(KINDS[settings.kind].shape, section));
  for (const rule of RULES) {
    if (rule.needs.every(has)) rule.check(given as never, report);
  }
  return { problems, warnings };
}
