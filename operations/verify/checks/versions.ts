import { agentsOf, hasAgents } from "../../../inventory/agents";
import type * as k8s from "@kubernetes/client-node";
import * as semver from "semver";
import { crossesMajor } from "../../../teleport/versions";
import { readDump } from "../backups";
import { failed, ok, verdict, type Check } from "../check";
import { clusterVersion, imageVersion, versionProblem } from "../versions";

const HOUR_MS = 3600 * 1000;

/** Maximum age of a backup before the database is migrated. */
const OLDEST_HOURS = 24;

/** Problems of the dumps for a new major version. */
function backupProblems(files: readonly string[], wanted: readonly string[], now: Date): string[] {
  const problems: string[] = [];
  const found = new Set<string>();
  for (const file of files) {
    try {
      const { database, made } = readDump(file);
      found.add(database);
      const hours = Math.round((now.getTime() - made.getTime()) / HOUR_MS);
      if (hours > OLDEST_HOURS) problems.push(`${file} is ${hours} hours old`);
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  return [
    ...problems,
    ...wanted.filter((name) => !found.has(name)).map((name) => `no dump of database ${name}`),
  ];
}

export const versionChecks: Check[] = [
  {
    id: "version.upgrade",
    title: "One major version at a time",
    before: true,
    expected: "the settings' version is the running one, a later patch, or the next major",
    remedy: "deploy the major versions between, one after the other; never go back a major",
    needs: ["kubernetes.reachable"],
    async run({ kubernetes, settings }) {
      const wanted = settings.chart.version;
      const running = await clusterVersion(kubernetes, settings.namespace.name);
      if (running === undefined) return ok(`${wanted}, nothing runs yet`);
      const step = semver.major(wanted) - semver.major(running);
      const seen = `${running} runs, ${wanted} is wanted`;
      return step === 0 || step === 1 ? ok(seen) : failed(seen);
    },
  },
  {
    id: "version.backup",
    title: "Backup before a major version",
    before: true,
    expected: `before a major version, dumps of both databases that are at most ${OLDEST_HOURS} hours old`,
    remedy:
      "pg_dump -Fc, then `bin/access-plane up --stack STACK --backup FILE` for each; with a snapshot of the server instead: " +
      "--skip-preflight version.backup; docs/disaster.md",
    needs: ["version.upgrade"],
    async run({ kubernetes, settings, backups = [], now }) {
      const running = await clusterVersion(kubernetes, settings.namespace.name);
      const { stateDatabase, auditDatabase } = settings.database;
      if (!crossesMajor(running, settings.chart.version)) return ok("no major version is crossed");
      const problems = backupProblems(backups, [stateDatabase, auditDatabase], now());
      return verdict(problems, `${backups.join(", ")}; the database migrates, one way`);
    },
  },
  {
    id: "version.agents",
    title: "Agents' versions",
    before: true,
    expected: "no agent newer than the cluster, none more than one major behind",
    remedy: "upgrade the cluster first, then its agents",
    needs: ["kubernetes.reachable"],
    applies: hasAgents,
    async run({ kubernetes, settings }) {
      const cluster =
        (await clusterVersion(kubernetes, settings.namespace.name)) ?? settings.chart.version;
      const seen = await Promise.all(
        agentsOf(settings).map(async ({ release, namespace }) => {
          const running = imageVersion(
            (await kubernetes.get<k8s.V1StatefulSet>("apps/v1", "StatefulSet", release, namespace))
              ?.spec?.template,
          );
          return { release, version: running ?? settings.chart.version };
        }),
      );
      return verdict(
        seen.map(({ release, version }) => {
          const problem = versionProblem(version, cluster);
          return problem && `${release}: ${problem}`;
        }),
        `${seen.map(({ release, version }) => `${release} ${version}`).join(", ")}; cluster ${cluster}`,
      );
    },
  },
];
