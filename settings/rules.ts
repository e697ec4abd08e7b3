import type { Problem } from "./problem";
import type { Settings } from "./schema";
import { agentRules } from "./rules/agent";
import { appRules } from "./rules/apps";
import { certificateRules } from "./rules/certificate";
import { databaseRules } from "./rules/database";
import { headerRules } from "./rules/headers";
import { loadBalancerRules } from "./rules/load-balancer";
import { platformRules } from "./rules/platform";
import { resourceRules } from "./rules/resources";
import { teleportRules } from "./rules/teleport";

const RULES = [
  ...platformRules,
  ...certificateRules,
  ...databaseRules,
  ...teleportRules,
  ...resourceRules,
  ...agentRules,
  ...appRules,
  ...headerRules,
  ...loadBalancerRules,
];

/** What the rules between fields find; rules about absent sections keep quiet. */
export function checkRules(
  settings: Settings,
  absent: ReadonlySet<string> = new Set(),
): { problems: Problem[]; warnings: Problem[] } {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const report = {
    problem: (path: Problem["path"], message: string, involves: Problem["involves"] = []) =>
      problems.push({ path, message, involves }),
    warning: (path: Problem["path"], message: string, involves: Problem["involves"] = []) =>
      warnings.push({ path, message, involves }),
  };
  for (const rule of RULES) {
    if (!rule.needs.some((section) => absent.has(section))) rule.check(settings, report);
  }
  return { problems, warnings };
}
