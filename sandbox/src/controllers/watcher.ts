/** Keeps a cache of one kind by list and watch, and reports every change. */
import { setTimeout as sleep } from "node:timers/promises";
import { isNotFound, type KubeClient, type Resource } from "./kube-client.ts";
import { keyOf, type KubeObject } from "./objects.ts";

export interface WatcherOptions<T extends KubeObject> {
  client: KubeClient;
  resource: Resource;
  /** A query that limits what is watched: labelSelector=… or fieldSelector=… */
  query?: string;
  onChange: (object: T) => void;
  onDelete?: (object: T) => void;
  log: (line: string) => void;
}

export class Watcher<T extends KubeObject> {
  private readonly options: WatcherOptions<T>;
  private readonly cache = new Map<string, T>();
  private readonly stopping = new AbortController();
  private synced!: () => void;
  private loop: Promise<void> | undefined;
  /** Resolves after the first complete list. */
  readonly firstSync = new Promise<void>((resolve) => {
    this.synced = resolve;
  });

  constructor(options: WatcherOptions<T>) {
    this.options = options;
  }

  start(): this {
    this.loop = this.run();
    return this;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  get(key: string): T | undefined {
    return this.cache.get(key);
  }

  values(): T[] {
    return [...this.cache.values()];
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.follow(await this.relist());
        failures = 0;
      } catch (error) {
        if (this.stopped()) return;
        failures += 1;
        // A kind that does not exist (any more) is polled. Any other error is logged once.
        if (!isNotFound(error) && failures === 3) {
          this.options.log(`watch of ${this.options.resource.plural}: ${String(error)}; retrying`);
        }
        await sleep(Math.min(100 * 2 ** failures, 3000), undefined, { signal }).catch(() => null);
      }
    }
  }

  private stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async relist(): Promise<string> {
    const { client, resource, query } = this.options;
    const list = await client.list<T>(resource, query);
    const seen = new Set<string>();
    for (const item of list.items) {
      // Items of a list come without their type.
      Object.assign(item, { apiVersion: list.apiVersion, kind: list.kind.replace(/List$/, "") });
      seen.add(keyOf(item));
      this.changed(item);
    }
    for (const [key, object] of this.cache) {
      if (!seen.has(key)) this.deleted(object);
    }
    this.synced();
    return list.metadata.resourceVersion ?? "";
  }

  private async follow(from: string): Promise<void> {
    const { client, resource, query } = this.options;
    let version = from;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const filter = `resourceVersion=${version}${query ? `&${query}` : ""}`;
      const started = Date.now();
      for await (const event of client.watch(resource, filter, signal)) {
        if (event.type === "ERROR") return; // too old: list again
        version = event.object.metadata.resourceVersion ?? version;
        if (event.type === "DELETED") this.deleted(event.object as unknown as T);
        else if (event.type !== "BOOKMARK") this.changed(event.object as unknown as T);
      }
      // A stream ends at once if the server stops or the kind is removed. List again.
      if (Date.now() - started < 1000) throw new Error("the stream ended at once");
    }
  }

  private changed(object: T): void {
    const key = keyOf(object);
    const known = this.cache.get(key);
    this.cache.set(key, object);
    if (known?.metadata.resourceVersion !== object.metadata.resourceVersion) {
      this.options.onChange(object);
    }
  }

  private deleted(object: T): void {
    this.cache.delete(keyOf(object));
    this.options.onDelete?.(object);
  }
}
