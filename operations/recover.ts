import * as k8s from "@kubernetes/client-node";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { parseSettings, readConfig } from "../settings/load";
import type { Settings } from "../settings/schema";
import { CLUSTER_RELEASE } from "../teleport/names";
import { stackConfig } from "./stack-file";

/** A Helm operation that began and never ended: its record blocks every later one. */
export interface StuckRelease {
  release: string;
  revision: number;
  /** `pending-install`, `pending-upgrade` or `pending-rollback`. */
  status: string;
  since: Date | undefined;
  /** Secret that Helm keeps the record in. */
  secret: string;
}

/** A client of the stack's cluster. */
export function clusterClient(settings: Pick<Settings, "kubernetes">): k8s.CoreV1Api {
  const config = new k8s.KubeConfig();
  const { kubeconfig, context } = settings.kubernetes;
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  if (context !== undefined) config.setCurrentContext(context);
  return config.makeApiClient(k8s.CoreV1Api);
}

/** The plane's releases whose last operation was cut off (Helm's storage: Secrets by owner label). */
export async function stuckReleases(
  core: k8s.CoreV1Api,
  settings: { namespace: { name: string }; agent: { releaseName: string } },
): Promise<StuckRelease[]> {
  const { items } = await core.listNamespacedSecret({
    namespace: settings.namespace.name,
    labelSelector:
      "owner=helm,status in (pending-install,pending-upgrade,pending-rollback)," +
      `name in (${CLUSTER_RELEASE},${settings.agent.releaseName})`,
  });
  return items.map(({ metadata = {} }) => ({
    release: metadata.labels?.["name"] ?? "",
    revision: Number(metadata.labels?.["version"]),
    status: metadata.labels?.["status"] ?? "",
    since: metadata.creationTimestamp,
    secret: metadata.name ?? "",
  }));
}

/**
 * Forgets an operation that was cut off. Nothing that it made is removed: the next update takes
 * those objects over (they carry the release's ownership marks) and brings them up to date.
 */
export async function forget(
  core: k8s.CoreV1Api,
  settings: { namespace: { name: string } },
  stuck: StuckRelease,
): Promise<void> {
  await core.deleteNamespacedSecret({ name: stuck.secret, namespace: settings.namespace.name });
}

const USAGE = `Usage: npm run recover -- --stack STACK [--yes]

After a deployment was killed: finds Helm operations that never ended and, with --yes, forgets them,
so that the next "pulumi up" goes on. Make sure first that no deployment is running ("pulumi cancel"
releases the lock of one that is gone).
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      yes: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help || values.stack === undefined) {
    process.stdout.write(USAGE);
    return values.help ? 0 : 2;
  }
  const { raw } = readConfig(stackConfig(values.stack, path.resolve(__dirname, "..")));
  const { settings } = parseSettings(raw);
  if (settings === undefined) {
    process.stderr.write(
      `The settings of stack ${values.stack} are not valid; npm run plan -- --stack ` +
        `${values.stack} says what is wrong.\n`,
    );
    return 1;
  }
  const core = clusterClient(settings);
  const stuck = await stuckReleases(core, settings);
  if (stuck.length === 0) process.stdout.write("No Helm operation of the plane is stuck.\n");
  for (const item of stuck) {
    const since = item.since?.toISOString() ?? "an unknown time";
    process.stdout.write(
      `Release ${item.release}, revision ${String(item.revision)}: ${item.status} since ${since}\n`,
    );
    if (values.yes) await forget(core, settings, item);
  }
  if (stuck.length > 0) {
    process.stdout.write(
      values.yes
        ? "Forgotten; run pulumi up.\n"
        : "Run again with --yes to forget these, when no deployment is running.\n",
    );
  }
  return 0;
}

if (require.main === module) {
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    },
  );
}
