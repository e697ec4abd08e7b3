import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type * as k8s from "@kubernetes/client-node";
import { ended, type Ended } from "./ended";

/** A container that was run, and the Secrets' values that it had. */
export interface Ran extends Ended {
  pod: string;
  env: Record<string, string>;
}

/** Namespaced Secrets as a kubelet reads them: with their values at that moment. */
async function secretValue(
  core: k8s.CoreV1Api,
  namespace: string,
  name: string,
  key: string,
): Promise<string> {
  const { data = {} } = await core.readNamespacedSecret({ namespace, name });
  const value = data[key];
  if (value === undefined) throw new Error(`Secret ${name} has no key ${key}`);
  return Buffer.from(value, "base64").toString();
}

/**
 * Runs the first container of a pod on this machine, with the environment and the files that its
 * Secrets give it now; waits for Secrets that are not there, as a kubelet does. `more` is what the
 * cluster's network would do.
 */
async function runPod(
  core: k8s.CoreV1Api,
  pod: k8s.V1Pod,
  more: Record<string, string>,
): Promise<Ran> {
  const { namespace = "", name = "" } = pod.metadata ?? {};
  const [container] = pod.spec?.containers ?? [];
  if (container === undefined) throw new Error(`pod ${name} has no container`);
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "played-kubelet-"));
  try {
    const read = async (secret: string, key: string) => {
      for (let tries = 0; ; tries++) {
        try {
          return await secretValue(core, namespace, secret, key);
        } catch (error) {
          if (tries === 300) throw error;
          await sleep(200);
        }
      }
    };
    const mounts = container.volumeMounts ?? [];
    for (const { name: volumeName, mountPath } of mounts) {
      const volume = pod.spec?.volumes?.find((candidate) => candidate.name === volumeName);
      fs.mkdirSync(path.join(root, mountPath), { recursive: true });
      for (const item of volume?.secret?.items ?? []) {
        const value = await read(volume?.secret?.secretName ?? "", item.key);
        fs.writeFileSync(path.join(root, mountPath, item.path), value, { mode: 0o600 });
      }
    }
    const env: Record<string, string> = {};
    for (const { name: variable, value, valueFrom } of container.env ?? []) {
      const from = valueFrom?.secretKeyRef;
      const text = from === undefined ? (value ?? "") : await read(from.name ?? "", from.key);
      // What is mounted is below a folder of its own here.
      const mounted = mounts.some(({ mountPath }) => text.startsWith(`${mountPath}/`));
      env[variable] = mounted ? path.join(root, text) : text;
    }
    const [file = "", ...args] = [...(container.command ?? []), ...(container.args ?? [])];
    const run = spawn(file, args, { env: { PATH: process.env["PATH"], ...env, ...more } });
    return { pod: name, env, ...(await ended(run)) };
  } finally {
    fs.rmSync(root, { recursive: true });
  }
}

/**
 * Plays the kubelet for a Job's pods until it is stopped: each one runs, once, when it is there. KWOK
 * has the pod succeed at once; what it did is in `ran`.
 */
export function playJob(
  core: k8s.CoreV1Api,
  job: { namespace: string; name: string },
  more: Record<string, string>,
): { ran: Ran[]; stop: () => Promise<void> } {
  const ran: Ran[] = [];
  const seen = new Set<string>();
  let stopped = false;
  const playing = (async () => {
    while (!stopped) {
      const { items } = await core.listNamespacedPod({
        namespace: job.namespace,
        labelSelector: `batch.kubernetes.io/job-name=${job.name}`,
      });
      for (const pod of items) {
        const uid = pod.metadata?.uid ?? "";
        if (seen.has(uid)) continue;
        seen.add(uid);
        ran.push(await runPod(core, pod, more));
      }
      await sleep(50);
    }
  })();
  playing.catch(() => undefined); // told by stop()
  return {
    ran,
    stop: () => {
      stopped = true;
      return playing;
    },
  };
}
