import type * as k8s from "@kubernetes/client-node";
import {
  vaultSecrets,
  type Consumer,
  type RestartTarget,
  type VaultSecret,
} from "../../../inventory/secrets";
import { CLUSTER_RELEASE } from "../../../teleport/names";
import { apiVersion, kindOf } from "../../../teleport/resources/kinds";
import { failed, ok, warning, type Check } from "../check";
import type { Context } from "../context";

/** Time until a restart begins, by the operator or by the rest of `up`. */
const GRACE_MS = { operator: 60_000, pulumi: 600_000 };

/** Phases of pods that have ended but are still listed. */
const ENDED = ["Failed", "Succeeded"];

type Workload = k8s.V1Deployment | k8s.V1StatefulSet;
type Time = Date | string | undefined;

/** Milliseconds since 1970. The client returns dates, a manifest texts. */
const at = (time: Time): number | undefined =>
  time === undefined ? undefined : new Date(time).getTime();
const latest = (times: readonly Time[]) => Math.max(0, ...times.flatMap((time) => at(time) ?? []));
const text = (time: number) => new Date(time).toISOString().replace(/\.\d+/, "");

/** Time of the last change of a field of an object, by the API server's clock. */
function changedAt({ metadata }: k8s.KubernetesObject, field: "data" | "spec"): number {
  const writes = (metadata?.managedFields ?? []).filter(
    ({ fieldsV1, subresource }) => subresource === undefined && `f:${field}` in (fieldsV1 ?? {}),
  );
  return latest([metadata?.creationTimestamp, ...writes.map(({ time }) => time)]);
}

/** True if a container uses a Secret in its environment or in a volume. */
function hasSecret({ env, envFrom, volumeMounts }: k8s.V1Container, name: string, pod: k8s.V1Pod) {
  const volumes = (pod.spec?.volumes ?? []).filter(
    ({ secret, projected }) =>
      secret?.secretName === name ||
      projected?.sources?.some((source) => source.secret?.name === name) === true,
  );
  return (
    env?.some(({ valueFrom }) => valueFrom?.secretKeyRef?.name === name) === true ||
    envFrom?.some(({ secretRef }) => secretRef?.name === name) === true ||
    volumeMounts?.some((mount) => volumes.some((volume) => volume.name === mount.name)) === true
  );
}

/**
 * When a pod read a Secret: at the start of the containers that have it. A container that restarts reads
 * again. Default: at the start of all its containers, for one that asks the API server.
 */
function readAt(pod: k8s.V1Pod, secretName: string): number {
  const { spec, status, metadata } = pod;
  const having = (containers: k8s.V1Container[] = []) =>
    containers.filter((one) => hasSecret(one, secretName, pod)).map(({ name }) => name);
  const names =
    [having(spec?.containers), having(spec?.initContainers)].find((list) => list.length > 0) ??
    (spec?.containers ?? []).map(({ name }) => name);
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const starts = statuses
    .filter(({ name }) => names.includes(name))
    .flatMap(({ state }) => at(state?.running?.startedAt ?? state?.terminated?.startedAt) ?? []);
  // Two clocks: the node's may be behind.
  const created = latest([metadata?.creationTimestamp, status?.startTime]);
  return starts.length === 0 ? created : Math.max(created, Math.min(...starts));
}

/** True if pods of a workload are still being replaced. */
function isRolling({ metadata, spec, status }: Workload): boolean {
  const { observedGeneration = 0, updatedReplicas = 0, replicas = 0 } = status ?? {};
  return (
    observedGeneration < (metadata?.generation ?? 0) ||
    updatedReplicas < Math.max(replicas, spec?.replicas ?? 1)
  );
}

/** Pods with an older value of a Secret than the current one. */
interface Stale {
  target: RestartTarget;
  namespace: string;
  seen: string;
  underWay: boolean;
}

async function staleOf(
  { kubernetes, settings, now }: Context,
  { secretName, namespace, consumer }: VaultSecret,
  target: RestartTarget,
  pods: readonly k8s.V1Pod[],
): Promise<Stale | undefined> {
  const connectorOf = ({ collection, name }: Extract<Consumer, { kind: "connector" }>) => {
    const kind = kindOf(collection);
    return kubernetes.get<k8s.KubernetesObject>(apiVersion(kind), kind, name, namespace);
  };
  const [secret, workload, used] = await Promise.all([
    kubernetes.get<k8s.V1Secret>("v1", "Secret", secretName, namespace),
    kubernetes.get<Workload>("apps/v1", target.kind, target.name, namespace),
    consumer.kind === "connector" ? connectorOf(consumer) : undefined,
  ]);
  // Other checks say what is missing.
  if (secret === undefined || workload === undefined) return undefined;
  const changed = changedAt(secret, "data");
  // The operator reads the Secret whenever it processes the connector.
  if (used !== undefined && changedAt(used, "spec") > changed) return undefined;
  const labels = Object.entries(workload.spec?.selector.matchLabels ?? {});
  const old = pods.filter(
    (pod) =>
      labels.every(([key, value]) => pod.metadata?.labels?.[key] === value) &&
      !ENDED.includes(pod.status?.phase ?? "") &&
      readAt(pod, secretName) < changed,
  );
  if (old.length === 0) return undefined;
  const release = consumer.kind === "agent" ? consumer.release : CLUSTER_RELEASE;
  const names = old.map(({ metadata }) => metadata?.name ?? "").sort();
  const isLeaving = old.every(({ metadata }) => metadata?.deletionTimestamp !== undefined);
  const age = now().getTime() - changed;
  return {
    ...{ target, namespace },
    seen: `release ${release}: ${names.join(", ")} started before Secret ${secretName} changed (${text(changed)})`,
    underWay: isLeaving || isRolling(workload) || age < GRACE_MS[settings.vault.delivery],
  };
}

const workloads = (stale: readonly Stale[], command: string) => [
  ...new Set(
    stale.map(
      ({ target, namespace }) =>
        `\`kubectl rollout ${command} ${target.kind.toLowerCase()}/${target.name} -n ${namespace}\``,
    ),
  ),
];

export const stalePodChecks: Check<Context>[] = [
  {
    id: "secrets.loaded",
    title: "Pods have the current Secrets",
    expected: "every pod that reads a Secret only at its start has started after the last change",
    remedy:
      "`kubectl rollout restart deployment/teleport-auth -n NAMESPACE`: the secrets operator restarts pods " +
      "once after it has delivered, and does not try again when that fails",
    applies: (settings) =>
      vaultSecrets(settings).some(({ restartTargets }) => restartTargets.length > 0),
    async run(context) {
      const pairs = vaultSecrets(context.settings).flatMap((secret) =>
        secret.restartTargets.map((target) => ({ secret, target })),
      );
      const namespaces = [...new Set(pairs.map(({ secret }) => secret.namespace))];
      const lists = await Promise.all(
        namespaces.map((namespace) =>
          context.kubernetes.list<k8s.V1Pod>("v1", "Pod", { namespace }),
        ),
      );
      const found = await Promise.all(
        pairs.map(({ secret, target }) =>
          staleOf(context, secret, target, lists[namespaces.indexOf(secret.namespace)] ?? []),
        ),
      );
      const stale = found.filter((one) => one !== undefined);
      const left = stale.filter(({ underWay }) => !underWay);
      if (left.length > 0) {
        return failed(left.map(({ seen }) => seen).join("; "), {
          remedy: workloads(left, "restart").join(", "),
        });
      }
      return stale.length > 0
        ? warning(`${stale.map(({ seen }) => seen).join("; ")}; a restart is under way`, {
            remedy: `${workloads(stale, "status").join(", ")} waits for its end`,
          })
        : ok(
            pairs.map(({ secret, target }) => `${target.name} has ${secret.secretName}`).join(", "),
          );
    },
  },
];
