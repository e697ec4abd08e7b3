import { setTimeout as sleep } from "node:timers/promises";
import { customResources, type Cluster, type CustomResources } from "./custom-resources";
import { FINALIZER, WAKE, type DeletedObject } from "./deletion";
import { ALL_KINDS, type TeleportKind } from "./resources/kinds";

/** Minimum and maximum pause between two reads. */
const EVERY_MS = 5000;
const AT_MOST_MS = 15_000;
/** Younger deletions may still succeed at the operator's first tries. */
const PATIENCE_MS = 3000;

/** Whether an object waits so long for the operator that it may be in a pause between two tries. */
export function waits({ metadata = {} }: DeletedObject, now: number): boolean {
  const { deletionTimestamp, finalizers = [], annotations = {} } = metadata;
  if (deletionTimestamp === undefined || !finalizers.includes(FINALIZER)) return false;
  if (annotations["teleport.dev/ignore"] === "true") return false;
  return now - new Date(deletionTimestamp).getTime() >= PATIENCE_MS;
}

/** Annotates waiting objects of these kinds. Returns the kinds that have objects. */
export async function wakeOnce(
  resources: Pick<CustomResources, "list" | "annotate">,
  kinds: readonly TeleportKind[],
  now: number,
): Promise<TeleportKind[]> {
  const touch = async (kind: TeleportKind) => {
    const objects = (await resources.list(kind)) ?? [];
    for (const object of objects.filter((candidate) => waits(candidate, now))) {
      const name = object.metadata?.name ?? "";
      await resources.annotate(kind, name, WAKE, new Date(now).toISOString());
    }
    return objects.length > 0;
  };
  const there = await Promise.all(kinds.map(touch));
  return kinds.filter((_, index) => there[index]);
}

/** Milliseconds until the next read, after one that took this long. */
export const pauseAfter = (tookMs: number): number =>
  Math.min(Math.max(EVERY_MS, 10 * tookMs), AT_MOST_MS);

/** Cluster and namespace of the custom resources. */
export interface WakeOptions {
  kubernetes: Cluster;
  namespace: string;
  /** Called once with the reason if the operator cannot be woken. */
  onProblem: (text: string) => void;
}

/**
 * Wakes the Teleport operator until the signal (default: until the process ends). The operator repeats
 * a failed deletion after pauses that double up to 16 minutes, but at once when the object changes.
 * Does not keep the process alive.
 */
export async function wakeOperator(
  options: WakeOptions,
  signal = new AbortController().signal,
): Promise<void> {
  let told = false;
  const tell = (error: unknown) => {
    if (!told && !signal.aborted) options.onProblem((error as Error).message);
    told = true;
  };
  try {
    // Nothing waits so long before.
    await sleep(PATIENCE_MS, undefined, { ref: false, signal });
    const resources = await customResources(options.kubernetes, options.namespace);
    // An update deletes only objects that exist when it begins.
    let kinds: TeleportKind[] = [...ALL_KINDS];
    while (!signal.aborted && kinds.length > 0) {
      const began = Date.now();
      try {
        kinds = await wakeOnce(resources, kinds, began);
      } catch (error) {
        // The API server may answer the next time.
        tell(error);
      }
      await sleep(pauseAfter(Date.now() - began), undefined, { ref: false, signal });
    }
  } catch (error) {
    tell(error);
  }
}
