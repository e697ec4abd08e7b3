import type * as k8s from "@kubernetes/client-node";
import { failed, verdict, warning, type Check } from "../check";
import { AUTH_DEPLOYMENT } from "../../../teleport/cluster-values";
import { CLUSTER_DEPLOYMENTS, PROXY_DEPLOYMENT } from "../plane";
import { REAPPLY } from "../remedy";
import { clusterDeployments, imageVersion } from "../versions";

type Workload = k8s.V1Deployment | k8s.V1StatefulSet;

/**
 * What a workload lacks compared with the settings. Undefined if it is complete. Default of `replicas`: the
 * workload's own number, if no setting has one.
 */
export function weakness(
  { kind = "", metadata, spec, status }: Workload,
  replicas?: number,
): string | undefined {
  const wanted = spec?.replicas ?? 1;
  const ready = status?.readyReplicas ?? 0;
  const updated = status?.updatedReplicas ?? 0;
  const name = `${kind} ${metadata?.name ?? ""}`.trim();
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) {
    return `${name}: its controller has not seen the last change`;
  }
  if (wanted !== (replicas ?? Math.max(wanted, 1))) {
    return `${name}: is to have ${wanted} pods, not ${replicas ?? 1}`;
  }
  if (ready < wanted) return `${name}: ${ready} of ${wanted} ready`;
  return updated < wanted ? `${name}: ${updated} of ${wanted} on the new revision` : undefined;
}

/** Command that scales a workload to the settings' number of pods. Empty if it has that. */
export function scaleBack(
  kind: "deployment" | "statefulset",
  { metadata, spec }: Workload,
  replicas?: number,
): string[] {
  const wanted = spec?.replicas ?? 1;
  const right = replicas ?? Math.max(wanted, 1);
  const { name = "", namespace = "" } = metadata ?? {};
  return wanted === right
    ? []
    : [`\`kubectl scale ${kind} ${name} --replicas ${right} -n ${namespace}\``];
}

/** Time without progress after which a rollout counts as stuck. Auth pods stay 15 seconds before the next one. */
const STALLED_MS = 120_000;

/**
 * True if a Deployment replaces its pods and has made progress lately. Helm returns before the last ones: it waits
 * for all but `maxUnavailable`.
 */
function isRolling({ status }: k8s.V1Deployment, now: Date): boolean {
  const progress = status?.conditions?.find(({ type }) => type === "Progressing");
  return (
    progress?.status === "True" &&
    progress.reason !== "NewReplicaSetAvailable" &&
    now.getTime() - new Date(progress.lastUpdateTime ?? 0).getTime() < STALLED_MS
  );
}

const WAITING =
  "`kubectl describe pods -n NAMESPACE` says what a pod waits for; one that cannot log in to PostgreSQL never gets ready";

export const workloadChecks: Check[] = [
  {
    id: "cluster.deployments",
    title: "Auth, proxy and operator at strength",
    expected:
      "each Deployment of release teleport has the settings' number of pods, all ready, on the last revision",
    remedy: `${WAITING}; where somebody scaled it: \`kubectl scale deployment NAME --replicas NUMBER -n NAMESPACE\``,
    async run({ kubernetes, settings, now }) {
      const found = await clusterDeployments(kubernetes, settings.namespace.name);
      const { auth, proxy } = settings.teleport;
      const replicas: Record<string, number> = {
        [AUTH_DEPLOYMENT]: auth.replicas,
        [PROXY_DEPLOYMENT]: proxy.replicas,
      };
      const names = found.map(({ metadata }) => metadata?.name ?? "");
      const missing = CLUSTER_DEPLOYMENTS.filter((name) => !names.includes(name));
      const scaled = found.flatMap((one) =>
        scaleBack("deployment", one, replicas[one.metadata?.name ?? ""]),
      );
      const weak = found.flatMap((one) => {
        const lacks = weakness(one, replicas[one.metadata?.name ?? ""]);
        return lacks === undefined ? [] : [{ one, lacks }];
      });
      const problems = weak.map(({ lacks }) => lacks);
      if (
        missing.length + scaled.length === 0 &&
        weak.length > 0 &&
        weak.every(({ one }) => isRolling(one, now()))
      ) {
        const commands = weak.map(
          ({ one }) =>
            `\`kubectl rollout status deployment/${one.metadata?.name ?? ""} -n ${settings.namespace.name}\``,
        );
        return warning(`${problems.join("; ")}; an update of the pods is under way`, {
          remedy: `${commands.join(", ")} waits for its end`,
        });
      }
      return verdict(
        [...missing.map((name) => `there is no Deployment ${name}`), ...problems],
        found
          .map(
            ({ metadata, status }) => `${metadata?.name ?? ""} ${status?.readyReplicas ?? 0} ready`,
          )
          .join(", "),
        { remedy: scaled.join(", ") || (missing.length > 0 ? REAPPLY : WAITING) },
      );
    },
  },
  {
    id: "cluster.version",
    title: "One version of Teleport",
    expected: "every Deployment of the release runs the version of the settings",
    remedy: `${REAPPLY}: Helm gives all of them the version of the settings`,
    needs: ["version.upgrade", "version.backup"],
    async run({ kubernetes, settings }) {
      const found = await clusterDeployments(kubernetes, settings.namespace.name);
      if (found.length === 0) return failed("no Deployment of release teleport");
      const versions = found.map(({ metadata, spec }) => ({
        name: metadata?.name ?? "",
        version: imageVersion(spec?.template) ?? "unknown",
      }));
      const wanted = settings.chart.version;
      return verdict(
        versions
          .filter(({ version }) => version !== wanted)
          .map(({ name, version }) => `${name} runs ${version}`),
        wanted,
        { expected: `every Deployment runs ${wanted}` },
      );
    },
  },
];
