/** Plays the Teleport operator on every namespace in which its Deployment runs. */
import { setTimeout as sleep } from "node:timers/promises";
import { isConflict, isNotFound, type KubeClient, type Resource } from "../kube-client.ts";
import { keyOf, sameJson, withCondition, type Condition, type CustomObject } from "../objects.ts";
import { Watcher } from "../watcher.ts";
import { WorkQueue } from "../work-queue.ts";
import {
  FINALIZER,
  IGNORE,
  KEEP,
  notMutated,
  ownership,
  reconciled,
  refused,
  says,
  validStructure,
} from "./conditions.ts";
import { runningOperator, type Deployment, type RunningOperator } from "./deployments.ts";
import { GROUP, KINDS, resourceOf, type TeleportKind } from "./kinds.ts";
import { deleteRefusal, refusal } from "./rules.ts";
import { lookupFault } from "./secret-lookup.ts";
import type { Cluster, TeleportStore } from "./store.ts";

const DEPLOYMENTS: Resource = { group: "apps", version: "v1", plural: "deployments" };
const DEFINITIONS: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
};
// The time until Teleport answers. The condition is True after the read, and False after a refusal.
const ROUND_TRIP_MS = 5;
/** Pauses between tries, as in controller-runtime: up to 16 minutes and 40 seconds. */
const BACKOFF = { firstMs: 5, maxMs: 1000 * 1000 };

/** Teleport refused. The next try comes after a longer delay. */
class Refused extends Error {}

export class TeleportOperator {
  private readonly client: KubeClient;
  private readonly store: TeleportStore;
  private readonly log: (line: string) => void;
  private readonly queue: WorkQueue;
  private readonly deployments: Watcher<Deployment>;
  private readonly definitions: Watcher<CustomObject>;
  private readonly objects = new Map<string, Watcher<CustomObject>>();
  private readonly running = new Map<string, RunningOperator & { timer: NodeJS.Timeout }>();
  /** What was last seen of an object, so that the operator's own writes do not wake it. */
  private readonly seen = new Map<string, string>();

  constructor(client: KubeClient, store: TeleportStore, log: (line: string) => void) {
    this.client = client;
    this.store = store;
    this.log = log;
    this.queue = new WorkQueue(
      async (key) => {
        await this.reconcile(key);
        return undefined;
      },
      {
        workers: 8,
        backoff: BACKOFF,
        onError: (key, error, retryMs) => {
          if (isConflict(error)) return;
          const what = error instanceof Error ? error.message : String(error);
          this.log(`${key}: ${what}; again in ${String(retryMs)} ms`);
        },
      },
    );
    const look = (deployment: Deployment) => {
      this.look(deployment.metadata.namespace ?? "");
    };
    this.deployments = new Watcher<Deployment>({
      client,
      log,
      resource: DEPLOYMENTS,
      query: `labelSelector=${encodeURIComponent("app.kubernetes.io/component in (operator,auth)")}`,
      onChange: look,
      onDelete: look,
    });
    this.definitions = new Watcher<CustomObject>({
      client,
      log,
      resource: DEFINITIONS,
      onChange: (definition) => {
        this.define(definition);
      },
      onDelete: (definition) => {
        this.undefine(definition);
      },
    });
  }

  /** Resolves once the API server has answered. */
  async start(): Promise<void> {
    this.deployments.start();
    this.definitions.start();
    await Promise.all([this.deployments.firstSync, this.definitions.firstSync]);
  }

  async stop(): Promise<void> {
    for (const { timer } of this.running.values()) clearInterval(timer);
    const watchers = [this.deployments, this.definitions, ...this.objects.values()];
    await Promise.all([...watchers.map((watcher) => watcher.stop()), this.queue.stop()]);
    this.store.flush();
  }

  /** Starts or stops work in a namespace together with its operator. */
  private look(namespace: string): void {
    const now = runningOperator(this.deployments.values(), namespace);
    const before = this.running.get(namespace);
    if (before && now?.release === before.release && now.syncMs === before.syncMs) {
      if (now.enterprise === before.enterprise) return;
    }
    if (!before && !now) return;
    clearInterval(before?.timer);
    this.running.delete(namespace);
    if (!now) {
      this.log(`operator of ${namespace}: gone, its objects keep their finalizers`);
      return;
    }
    const timer = setInterval(
      () => {
        this.addAll(namespace);
      },
      Math.min(Math.max(now.syncMs, 1000), 2 ** 31 - 1),
    );
    timer.unref();
    this.running.set(namespace, { ...now, timer });
    const edition = now.enterprise ? "enterprise" : "community";
    this.log(`operator of ${namespace}: runs (release ${now.release}, ${edition} edition)`);
    this.store.cluster(namespace, now.release, now.enterprise);
    this.addAll(namespace);
  }

  private addAll(namespace: string): void {
    for (const [plural, watcher] of this.objects) {
      for (const object of watcher.values()) {
        if (object.metadata.namespace === namespace) this.queue.add(`${plural} ${keyOf(object)}`);
      }
    }
  }

  private define(definition: CustomObject): void {
    const kind = KINDS.find(({ plural }) => definition.metadata.name === `${plural}.${GROUP}`);
    const established = definition.status?.conditions?.some(
      ({ type, status }) => type === "Established" && status === "True",
    );
    if (!kind || !established || this.objects.has(kind.plural)) return;
    const watcher = new Watcher<CustomObject>({
      client: this.client,
      log: this.log,
      resource: resourceOf(kind),
      onChange: (object) => {
        this.changed(kind, object);
      },
      onDelete: (object) => {
        this.seen.delete(`${kind.plural} ${keyOf(object)}`);
      },
    });
    this.objects.set(kind.plural, watcher);
    watcher.start();
  }

  private undefine(definition: CustomObject): void {
    const plural = definition.metadata.name.replace(`.${GROUP}`, "");
    const watcher = this.objects.get(plural);
    this.objects.delete(plural);
    void watcher?.stop();
  }

  private changed(kind: TeleportKind, object: CustomObject): void {
    const key = `${kind.plural} ${keyOf(object)}`;
    const { uid, generation, labels, annotations, finalizers, deletionTimestamp } = object.metadata;
    const parts = [uid, generation, labels, annotations, finalizers, deletionTimestamp];
    const state = JSON.stringify(parts);
    if (this.seen.get(key) === state) return;
    this.seen.set(key, state);
    this.queue.add(key);
  }

  private async reconcile(key: string): Promise<void> {
    const [plural = "", path = ""] = key.split(" ");
    const [namespace = "", name = ""] = path.split("/");
    const kind = KINDS.find((candidate) => candidate.plural === plural);
    const operator = this.running.get(namespace);
    if (!kind || !operator || (kind.enterprise && !operator.enterprise)) return;
    const object = await this.client.find<CustomObject>(resourceOf(kind), namespace, name);
    if (!object || says(object.metadata.annotations, IGNORE)) return;
    const cluster = this.store.cluster(namespace, operator.release, operator.enterprise);
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    if (deletionTimestamp) await this.remove(kind, object, cluster);
    // The added finalizer is a change, so the object comes here again.
    else if (!finalizers.includes(FINALIZER))
      await this.setFinalizers(kind, object, [...finalizers, FINALIZER]);
    else await this.upsert(kind, object, cluster);
  }

  private setFinalizers(
    kind: TeleportKind,
    object: CustomObject,
    finalizers: string[],
  ): Promise<CustomObject> {
    // The version makes this fail if somebody else has changed the list. Then it is tried again.
    const { resourceVersion } = object.metadata;
    return this.client.patch(resourceOf(kind), object, {
      metadata: { finalizers, resourceVersion },
    });
  }

  private async upsert(kind: TeleportKind, object: CustomObject, cluster: Cluster): Promise<void> {
    const { name } = object.metadata;
    const existing = this.store.get(cluster, kind.collection, name);
    const owned = ownership(existing !== undefined, existing?.origin);
    let seen = object;
    for (const condition of [validStructure, reconciled, owned])
      seen = await this.report(kind, seen, condition);
    if (owned.status === "False") throw new Refused(`unowned Resource '${name}' already exists`);
    const spec = object.spec ?? {};
    const unread = await lookupFault(this.client, kind, object);
    const fault = unread ?? refusal(kind, name, spec, cluster);
    if (fault !== undefined) {
      if (unread === undefined) await sleep(ROUND_TRIP_MS);
      await this.report(kind, seen, unread === undefined ? refused(fault) : notMutated(fault));
      throw new Refused(fault);
    }
    const next = {
      origin: "kubernetes" as const,
      labels: object.metadata.labels ?? {},
      spec,
      ...(kind.resourceVersion ? { version: kind.resourceVersion } : {}),
    };
    if (!existing || !sameJson(existing, { ...next, revision: existing.revision }))
      this.store.put(cluster, kind.collection, name, next);
  }

  private async remove(kind: TeleportKind, object: CustomObject, cluster: Cluster): Promise<void> {
    const { name, annotations, finalizers = [] } = object.metadata;
    if (!finalizers.includes(FINALIZER)) return;
    const existing = this.store.get(cluster, kind.collection, name);
    // The operator must not delete what it never owned, such as a preset.
    if (existing?.origin === "kubernetes" && !says(annotations, KEEP)) {
      const fault = deleteRefusal(kind.collection, name, cluster);
      // Only the log says so, no condition.
      if (fault !== undefined) throw new Refused(fault);
      this.store.delete(cluster, kind.collection, name);
    }
    const rest = finalizers.filter((finalizer) => finalizer !== FINALIZER);
    try {
      await this.setFinalizers(kind, object, rest);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Writes the status with one condition, unless nothing changes. */
  private async report(
    kind: TeleportKind,
    object: CustomObject,
    condition: Condition,
  ): Promise<CustomObject> {
    const before = object.status?.conditions;
    const conditions = withCondition(before, condition);
    if (sameJson(before, conditions)) return object;
    const next = { ...object, status: { ...object.status, conditions } };
    return this.client.replace(resourceOf(kind), next, "status");
  }
}
