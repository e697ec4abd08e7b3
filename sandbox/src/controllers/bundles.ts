/** Plays trust-manager: puts the sandbox's authorities into Secrets of these names in every namespace. */
import { isConflict, isNotFound, type KubeClient, type Resource } from "./kube-client.ts";
import type { KubeObject } from "./objects.ts";
import { Watcher } from "./watcher.ts";
import { WorkQueue } from "./work-queue.ts";

const core = (plural: string): Resource => ({ group: "", version: "v1", plural });
const LABEL = "trust.cert-manager.io/bundle";

/** Certificates that pods are to trust. */
export interface Bundle {
  /** Name of the Secret. */
  name: string;
  key: string;
  pem: string;
}

interface Namespace extends KubeObject {
  status?: { phase?: string };
}

export class BundleController {
  private readonly watchers: Watcher<KubeObject>[];
  private readonly queue: WorkQueue;

  constructor(client: KubeClient, bundles: readonly Bundle[], log: (line: string) => void) {
    this.queue = new WorkQueue(
      async (namespace) => {
        const found = await client.find<Namespace>(core("namespaces"), undefined, namespace);
        if (!found || found.metadata.deletionTimestamp) return undefined;
        for (const bundle of bundles) await deliver(client, namespace, bundle);
        return undefined;
      },
      {
        backoff: { firstMs: 50, maxMs: 10_000 },
        onError: (namespace, error, retryMs) => {
          if (isConflict(error) || isNotFound(error)) return;
          log(`bundles of ${namespace}: ${String(error)}; again in ${String(retryMs)} ms`);
        },
      },
    );
    const secretChanged = (secret: KubeObject) => {
      this.queue.add(secret.metadata.namespace ?? "");
    };
    this.watchers = [
      new Watcher({
        client,
        log,
        resource: core("namespaces"),
        onChange: (namespace) => {
          this.queue.add(namespace.metadata.name);
        },
      }),
      new Watcher({
        client,
        log,
        resource: core("secrets"),
        query: `labelSelector=${encodeURIComponent(LABEL)}`,
        onChange: secretChanged,
        onDelete: secretChanged,
      }),
    ];
  }

  start(): void {
    for (const watcher of this.watchers) watcher.start();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.watchers.map((watcher) => watcher.stop()), this.queue.stop()]);
  }
}

async function deliver(client: KubeClient, namespace: string, bundle: Bundle): Promise<void> {
  const { name, key, pem } = bundle;
  const data = { [key]: Buffer.from(pem).toString("base64") };
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace, labels: { [LABEL]: name } },
    data,
  };
  const found = await client.find<KubeObject & { data?: Record<string, string> }>(
    core("secrets"),
    namespace,
    name,
  );
  if (!found) await client.create(core("secrets"), secret);
  else if (found.data?.[key] !== data[key]) await client.patch(core("secrets"), found, { data });
}
