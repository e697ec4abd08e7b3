import type { Path, Problem } from "./problem";
import { KINDS, type Settings } from "./schema";
import { agentJoinRules } from "./rules/agent-join";
import { agentRules } from "./rules/agent";
import { appKindRules } from "./rules/app-kinds";
import { appRules } from "./rules/apps";
import { certificateRules } from "./rules/certificate";
import { databaseRules } from "./rules/database";
import { eventHandlerRules } from "./rules/event-handler";
import { chartValueRules } from "./rules/chart-values";
import { headerRules } from "./rules/headers";
import { loadBalancerRules } from "./rules/load-balancer";
import { checkNames } from "./rules/names";
import { planeRules } from "./rules/plane";
import { platformRules } from "./rules/platform";
import { rbacRules } from "./rules/rbac";
import { reachRules } from "./rules/reach";
import { registrationRules } from "./rules/registration";
import { declaredResourceRules } from "./rules/resource-checks";
import { resourceRules } from "./rules/resources";
import type { Report } from "./rules/rule";
import { secretRules } from "./rules/secrets";
import { servedAddressRules } from "./rules/served-addresses";
import { awsDiscoveryRules } from "./rules/aws-discovery";
import { agentNamespaceRules } from "./rules/agent-namespaces";
import { googleWorkspaceRules } from "./rules/google-workspace";
import { recordingRules } from "./rules/recordings";
import { teleportRules } from "./rules/teleport";

const RULES = [
  ...platformRules,
  ...secretRules,
  ...servedAddressRules,
  ...planeRules,
  ...certificateRules,
  ...databaseRules,
  ...teleportRules,
  ...recordingRules,
  ...googleWorkspaceRules,
  ...agentNamespaceRules,
  ...awsDiscoveryRules,
  ...resourceRules,
  ...declaredResourceRules,
  ...rbacRules,
  ...agentRules,
  ...agentJoinRules,
  ...appRules,
  ...appKindRules,
  ...reachRules,
  ...registrationRules,
  ...chartValueRules,
  ...headerRules,
  ...eventHandlerRules,
  ...loadBalancerRules,
];

/** Problems and warnings of rules. */
export interface RuleFindings {
  problems: Problem[];
  warnings: Problem[];
}

function collector(
  place: (path: Path) => Path = (path) => path,
): RuleFindings & { report: Report } {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const into =
    (list: Problem[]) =>
    (path: Path, message: string, involves: readonly Path[] = []) =>
      list.push({ path: place(path), message, involves: involves.map(place) });
  return { problems, warnings, report: { problem: into(problems), warning: into(warnings) } };
}

/** Problems of names in settings as they were read, also in invalid settings. */
export function checkNamesOf(raw: Record<string, unknown>): RuleFindings {
  const { report, ...found } = collector();
  checkNames(raw, report);
  return found;
}

/** Findings of the rules between fields. Rules about absent sections do not run. */
export function checkRules(
  settings: Settings,
  absent: ReadonlySet<string> = new Set(),
): RuleFindings {
  const { report, ...found } = collector((path) =>
    path[0] === "clusterName" && "plane" in settings ? ["plane", ...path] : path,
  );
  // Rules read `clusterName`, which some kinds of stack have in `plane`.
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
  return found;
}
