import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import { ended, type Ended } from "./ended";
import { HELD, holdPods } from "./hold-pods";
import type { EngineStack } from "./stack";

/** A container that ran, and its environment with the values of Secrets. */
export interface Ran extends Ended {
  pod: string;
  env: Record<string, string>;
}

/** The current value of a key in a Secret. */
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
 * Runs the first container of a pod on this machine, with the environment and the files from its
 * Secrets. Waits for missing Secrets, as a kubelet does. `more` are variables that replace the
 * cluster's network.
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
      // Mounts are below a temporary folder here.
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

/** A Job whose pods run on this machine. */
export interface PlayedJob {
  namespace: string;
  name: string;
}

/**
 * Plays the kubelet for a Job's pods until it is stopped. Runs each pod once, and sets its phase one
 * second after its command has ended. Calls `onRan` in between.
 */
export async function playJob(
  kube: EngineStack["kube"],
  job: PlayedJob,
  more: Record<string, string>,
  onRan: (run: Ran) => void = () => undefined,
): Promise<{ ran: Ran[]; stop: () => Promise<void> }> {
  await holdPods(
    kube,
    job.name,
    `object.metadata.?labels[?'batch.kubernetes.io/job-name'] == optional.of('${job.name}') && ` +
      `request.namespace == '${job.namespace}'`,
  );
  const core = kube(k8s.CoreV1Api);
  const ran: Ran[] = [];
  const seen = new Set<string>();
  const stopping = new AbortController();
  const playing = (async () => {
    while (!stopping.signal.aborted) {
      const { items } = await core.listNamespacedPod({
        namespace: job.namespace,
        labelSelector: `batch.kubernetes.io/job-name=${job.name}`,
      });
      for (const pod of items) {
        const { uid = "", name = "" } = pod.metadata ?? {};
        if (seen.has(uid)) continue;
        // The policy takes effect after a moment.
        if (pod.spec?.schedulerName !== HELD)
          throw new Error(`KWOK runs the pod ${name}: the policy was not in effect yet`);
        seen.add(uid);
        const run = await runPod(core, pod, more);
        ran.push(run);
        onRan(run);
        await sleep(1000);
        await setPhase(core, job.namespace, name, run.code === 0 ? "Succeeded" : "Failed");
      }
      await sleep(150);
    }
  })();
  playing.catch(() => undefined); // stop() rejects with the error
  return {
    ran,
    stop: () => {
      stopping.abort();
      return playing;
    },
  };
}

/** Sets a pod's phase, unless the pod was deleted in the meantime. */
async function setPhase(core: k8s.CoreV1Api, namespace: string, name: string, phase: string) {
  try {
    await core.patchNamespacedPodStatus(
      { namespace, name, body: { status: { phase } } },
      k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
    );
  } catch (error) {
    if (!(error instanceof k8s.ApiException) || error.code !== 404) throw error;
  }
}
