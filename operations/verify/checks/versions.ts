import { agentsOf } from "../../../inventory/agents";
import type * as k8s from "@kubernetes/client-node";
import * as semver from "semver";
import { failed, ok, verdict, type Check } from "../check";
import { clusterVersion, imageVersion, versionProblem } from "../versions";

export const versionChecks: Check[] = [
  {
    id: "version.upgrade",
    title: "One major version at a time",
    phase: "before",
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
    id: "version.agents",
    title: "Agents' versions",
    phase: "before",
    expected: "no agent newer than the cluster, none more than one major behind",
    remedy: "upgrade the cluster first, then its agents",
    needs: ["kubernetes.reachable"],
    applies: (settings) => agentsOf(settings).length > 0,
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
        seen.flatMap(({ release, version }) => {
          const problem = versionProblem(version, cluster);
          return problem === undefined ? [] : [`${release}: ${problem}`];
        }),
        `${seen.map(({ release, version }) => `${release} ${version}`).join(", ")}; cluster ${cluster}`,
      );
    },
  },
];
