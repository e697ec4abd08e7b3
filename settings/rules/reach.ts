import { servesApps } from "../../teleport/apps/app";
import { AGENT_LABEL } from "../../teleport/apps/dynamic-app";
import { unheldRoles } from "../../teleport/checks/references";
import type { Matcher } from "../../teleport/agent-services";
import type { Path } from "../problem";
import { rule, type RuleSettings, type Rule } from "./rule";

/** Rules about resources without effect: apps and databases without an agent, roles without a holder. */

type Labels = Readonly<Record<string, string>>;

/** True for labels that a matcher of an agent selects. */
const selects = (matcher: Matcher, labels: Labels): boolean =>
  Object.entries(matcher).every(([key, wanted]) => {
    const values = [wanted].flat();
    if (key === "*") return values.includes("*");
    return (
      Object.hasOwn(labels, key) && (values.includes("*") || values.includes(labels[key] ?? ""))
    );
  });

/** Releases that serve any apps. They also serve registered apps. */
const appAgents = ({ agents = {}, remoteAgents = {} }: RuleSettings<never>): string[] => [
  ...Object.entries(agents).flatMap(([release, agent]) => (servesApps(agent) ? [release] : [])),
  ...Object.values(remoteAgents).flatMap(({ services, release }) =>
    services.includes("app") ? [release] : [],
  ),
];

const apps = rule({
  needs: ["resources", "agents"],
  check(settings, report) {
    const serving = appAgents(settings);
    for (const [name, { labels }] of Object.entries(settings.resources.apps)) {
      const release = labels[AGENT_LABEL];
      if (release !== undefined && serving.includes(release)) continue;
      const example = serving[0] ?? Object.keys(settings.agents)[0] ?? "RELEASE";
      const does =
        release === undefined ? "has no label" : `has the label ${AGENT_LABEL}: ${release}`;
      report.warning(
        ["resources", "apps", name],
        `${does} that selects an agent, so people cannot reach it: declare it under apps.entries, or give ` +
          `it the label ${AGENT_LABEL}: ${example} of an agent with apps or dynamicApps.`,
        [["agents"], ["remoteAgents"]],
      );
    }
  },
});

const databases = rule({
  needs: ["resources", "agents"],
  check({ resources, agents, remoteAgents = {} }, report) {
    const matchers = Object.values(agents).flatMap(({ databaseResources }) => databaseResources);
    // What an agent of another stack selects, only that stack says.
    if (Object.values(remoteAgents).some(({ services }) => services.includes("db"))) return;
    for (const [name, { labels }] of Object.entries(resources.databases)) {
      if (matchers.some((matcher) => selects(matcher, labels))) continue;
      report.warning(
        ["resources", "databases", name],
        "is not selected by databaseResources of any agent, so people cannot reach it: add a matcher of its labels there.",
        [["agents"], ["remoteAgents"]],
      );
    }
  },
});

const roles = rule({
  needs: ["resources"],
  check({ resources }, report) {
    for (const role of unheldRoles(resources)) {
      report.warning(
        ["resources", "roles", role],
        "has no holder here (user, connector, access list, bot), and no role lets people request it: it has an " +
          "effect only if somebody assigns it in Teleport.",
        Object.keys(resources).map((collection): Path => ["resources", collection]),
      );
    }
  },
});

export const reachRules: readonly Rule[] = [apps, databases, roles];
