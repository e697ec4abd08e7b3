import { agentsOf, hasAgents } from "../../../inventory/agents";
import type * as k8s from "@kubernetes/client-node";
import * as semver from "semver";
import { crossesMajor } from "../../../teleport/versions";
import { readDump } from "../backups";
import { failed, ok, verdict, type Check } from "../check";
import { setSetting, shellWord } from "../remedy";
import { clusterVersion, imageVersion, versionProblem } from "../versions";
import { serverOptions } from "./database";

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
    remedy:
      "`pulumi config set --stack STACK --path access-plane:chart.version VERSION` stays with the running version; " +
      "or deploy the major versions between, one after the other (docs/operations.md: upgrade a major version); " +
      "the way back from a major version is a restore (docs/disaster.md)",
    needs: ["kubernetes.reachable"],
    async run({ kubernetes, settings }) {
      const wanted = settings.chart.version;
      const running = await clusterVersion(kubernetes, settings.namespace.name);
      if (running === undefined) return ok(`${wanted}, nothing runs yet`);
      const step = semver.major(wanted) - semver.major(running);
      const seen = `${running} runs, ${wanted} is wanted`;
      if (step === 0 || step === 1) return ok(seen);
      const other =
        step > 1
          ? `or deploy a version ${semver.major(running) + 1} first (docs/operations.md: upgrade a major version)`
          : "the way back from a major version is a restore (docs/disaster.md)";
      const stay = setSetting("chart.version", running);
      return failed(seen, { remedy: `${stay} stays with the running version; ${other}` });
    },
  },
  {
    id: "version.backup",
    title: "Backup before a major version",
    before: true,
    expected: `before a major version, dumps of both databases that are at most ${OLDEST_HOURS} hours old`,
    remedy:
      "`pg_dump -Fc --create -h HOST -U postgres -f DATABASE.dump DATABASE` for each database, then " +
      "`bin/access-plane up --stack STACK --backup FILE --backup FILE`; with a snapshot of the server instead: " +
      "`bin/access-plane up --stack STACK --skip-preflight version.backup`",
    needs: ["version.upgrade"],
    async run(context) {
      const { kubernetes, settings, backups = [], now } = context;
      const running = await clusterVersion(kubernetes, settings.namespace.name);
      const { stateDatabase, auditDatabase } = settings.database;
      if (!crossesMajor(running, settings.chart.version)) return ok("no major version is crossed");
      const names = [stateDatabase, auditDatabase];
      const problems = backupProblems(backups, names, now());
      const files = names.map((name) => shellWord(`${name}.dump`));
      const dumps = names.map(
        (name, at) =>
          `\`pg_dump -Fc --create ${serverOptions(context)} -f ${files[at] ?? ""} ${shellWord(name)}\``,
      );
      const flags = files.map((file) => `--backup ${file}`).join(" ");
      return verdict(problems, `${backups.join(", ")}; the database migrates, one way`, {
        remedy:
          `${dumps.join(", ")}, then \`bin/access-plane up --stack STACK ${flags}\`; with a snapshot of the ` +
          "server instead: `bin/access-plane up --stack STACK --skip-preflight version.backup`",
      });
    },
  },
  {
    id: "version.agents",
    title: "Agents' versions",
    before: true,
    expected: "no agent newer than the cluster, none more than one major behind",
    remedy:
      `${setSetting("chart.reapply")}, then \`bin/access-plane up --stack STACK --skip-preflight version.agents\`: ` +
      "Helm gives the cluster, then its agents, the version of the settings",
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
