import { at, isMap, type Props } from "../../framework.ts";
import { checkFor } from "../await/checks.ts";
import { podsOf, warningEvents } from "../await/pods.ts";
import type { Look } from "../await/types.ts";
import type { Objects } from "../discovery.ts";
import { kindOf, nameOf, namespaceOf, str } from "../objects.ts";
import { manifestObjects, type StoredRelease } from "./stored.ts";

const WATCHED = new Set([
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "Pod",
  "PersistentVolumeClaim",
  "Service",
]);
const LIMIT = 12;

/** What the controllers say about the release's objects that are not ready (hooks included). */
export async function notReady(objects: Objects, release: StoredRelease): Promise<string[]> {
  const signal = AbortSignal.timeout(10_000);
  const hooks = release.hooks
    .filter((hook) => at(hook, "last_run.phase") !== "Succeeded")
    .flatMap((hook) => manifestObjects(str(hook["manifest"])));
  const words: string[] = [];
  for (const object of [...hooks, ...manifestObjects(release.manifest)]) {
    if (!WATCHED.has(kindOf(object).kind) || words.length >= LIMIT) continue;
    try {
      words.push(...(await describe(objects, object, release.namespace, signal)));
    } catch {
      // A diagnosis must not hide the error that it explains.
    }
  }
  return [...new Set(words)].slice(0, LIMIT);
}

async function describe(
  objects: Objects,
  object: Props,
  releaseNamespace: string,
  signal: AbortSignal,
): Promise<string[]> {
  const kind = kindOf(object);
  const place = namespaceOf(object) || releaseNamespace;
  const live = await objects.find(kind, place, nameOf(object), signal);
  if (!live) return [];
  const look: Look = { objects, inputs: {}, signal };
  const check = checkFor({}, live);
  if (!check) return [];
  const verdict = await check(live, look);
  if (verdict.ready) return [];
  const more = isMap(at(live, "spec.selector"))
    ? []
    : [...(await podsOf(live, look)), ...(await warningEvents(live, look))];
  const title = `${kind.kind} ${place}/${nameOf(object)}`;
  return [...verdict.reasons, ...more].map((reason) => `${title}: ${reason}`);
}
