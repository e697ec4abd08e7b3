import { setTimeout as sleep } from "node:timers/promises";
import { at, isMap, type Props } from "../../framework.ts";
import type { Objects } from "../discovery.ts";
import { annotation, isTrue, kindOf, nameOf, namespaceOf, str } from "../objects.ts";
import { checkFor } from "./checks.ts";
import { warningEvents } from "./pods.ts";
import type { Look } from "./types.ts";
import { conditionsOf, describeCondition } from "./wait-for.ts";

export const DEFAULT_TIMEOUT_S = 600;

/** customTimeouts first, then the annotation, then ten minutes. */
export function timeoutSeconds(given: number, inputs: Props): number {
  if (given > 0) return given;
  const text = annotation(inputs, "pulumi.com/timeoutSeconds");
  return /^\d+$/.test(text) ? Number(text) : DEFAULT_TIMEOUT_S;
}

/** The object did not become ready; `live` is how it was last seen. */
export class NotReadyError extends Error {
  readonly live: Props;
  readonly reasons: readonly string[];
  constructor(live: Props, message: string, reasons: readonly string[]) {
    super([message, ...reasons.map((reason) => `  - ${reason}`)].join("\n"));
    this.live = live;
    this.reasons = reasons.length > 0 ? reasons : [message];
  }
}

export interface AwaitOptions {
  timeout: number;
  signal: AbortSignal;
  status: (text: string) => void;
}

/** Waits until the object is ready and returns how it then looks. */
export async function awaitReady(
  objects: Objects,
  inputs: Props,
  written: Props,
  options: AwaitOptions,
): Promise<Props> {
  const check = checkFor(inputs, written);
  if (!check) return written;
  const deadline = Date.now() + options.timeout * 1000;
  const look: Look = { objects, inputs, signal: options.signal };
  let live = written;
  let pause = 100;
  for (;;) {
    const verdict = await check(live, look);
    if (verdict.ready) {
      options.status("");
      return live;
    }
    const title = `${kindOf(live).kind} ${nameOf(live)}`;
    if (verdict.failed) throw new NotReadyError(live, `${title} failed`, verdict.reasons);
    if (options.signal.aborted) {
      throw new NotReadyError(live, `waiting for ${title} was cancelled`, verdict.reasons);
    }
    if (Date.now() >= deadline) {
      throw new NotReadyError(
        live,
        `timed out after ${options.timeout} s waiting for ${title} to be ready`,
        [...new Set([...verdict.reasons, ...(await controllerWords(live, look))])],
      );
    }
    if (verdict.reasons[0]) options.status(verdict.reasons[0]);
    await sleep(Math.min(pause, Math.max(10, deadline - Date.now())));
    pause = Math.min(pause * 1.5, 1000);
    const next = await objects.find(kindOf(live), namespaceOf(live), nameOf(live));
    if (!next) throw new NotReadyError(live, `${title} was deleted while waiting for it`, []);
    live = next;
  }
}

/** What the controllers say about the object: all its conditions and the last warnings. */
async function controllerWords(live: Props, look: Look): Promise<string[]> {
  const conditions = conditionsOf(live).map((item) => `condition ${describeCondition(item)}`);
  try {
    return [
      ...conditions,
      ...(await warningEvents(live, { ...look, signal: AbortSignal.timeout(5000) })),
    ];
  } catch {
    return conditions;
  }
}

const SKIP_DELETE = new Set([
  "v1/Namespace",
  "v1/Pod",
  "v1/ReplicationController",
  "apps/v1/DaemonSet",
  "apps/v1/Deployment",
  "apps/v1/StatefulSet",
  "batch/v1/Job",
]);

/** Waits until a deleted object is gone (or replaced by a new one of the same name). */
export async function awaitGone(
  objects: Objects,
  inputs: Props,
  object: Props,
  options: AwaitOptions,
): Promise<void> {
  const kind = kindOf(object);
  const skippable = SKIP_DELETE.has(`${kind.apiVersion}/${kind.kind}`);
  if (skippable && isTrue(inputs, "pulumi.com/skipAwait")) return;
  const deadline = Date.now() + options.timeout * 1000;
  const started = Date.now();
  const uid = str(at(object, "metadata.uid"));
  for (let pause = 50; ; pause = Math.min(pause * 1.6, 1000)) {
    const live = await objects.find(kind, namespaceOf(object), nameOf(object));
    if (!live || (uid && str(at(live, "metadata.uid")) !== uid)) {
      options.status("");
      return;
    }
    const reasons = deletionBlockers(live);
    if (Date.now() >= deadline || options.signal.aborted) {
      const why = options.signal.aborted ? "cancelled" : `timed out after ${options.timeout} s`;
      const look: Look = { objects, inputs, signal: AbortSignal.timeout(5000) };
      throw new NotReadyError(
        live,
        `${why} waiting for ${kind.kind} ${nameOf(object)} to be deleted`,
        [...reasons, ...(await controllerWords(live, look))],
      );
    }
    if (reasons[0] && Date.now() > started + 2000) options.status(reasons[0]);
    await sleep(pause);
  }
}

function deletionBlockers(live: Props): string[] {
  const metadata = at(live, "metadata.finalizers");
  const spec = at(live, "spec.finalizers");
  const names = [metadata, spec].flatMap((list) => (Array.isArray(list) ? list.map(str) : []));
  const blockers = names.length
    ? [`finalizers might be preventing deletion (${names.join(", ")})`]
    : [];
  const remaining = conditionsOf(live)
    .filter((item) => isMap(item) && item["status"] === "True" && item["message"])
    .map((item) => str(item["message"]));
  return kindOf(live).kind === "Namespace" ? [...blockers, ...remaining] : blockers;
}
