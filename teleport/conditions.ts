import { kindInfo, type TeleportKind } from "./resources/kinds";

/** Status of a custom resource as the Teleport operator writes it. */
export interface ResourceStatus {
  conditions?: {
    type: string;
    status: string;
    reason?: string;
    message?: string;
    lastTransitionTime?: string;
  }[];
}

const ADVICE: Record<string, string> = {
  ValidStructure: "correct the spec",
  TeleportResourceOwned:
    "something else made a resource of that name in Teleport; choose another name, or remove that " +
    "one with tctl",
  SuccessfullyReconciled: "correct what Teleport refuses and run `pulumi up` again",
};

/** What to do about Teleport's more frequent refusals. */
const REMEDIES: [RegExp, string][] = [
  [
    /\brole "?([^"\s]+)"?.* not found/i,
    "declare role $1 under `resources.roles`, or name one that is there",
  ],
  [
    /secrets? "?([^"\s]+)"? not found|is missing key|allow-lookup-from-cr/i,
    "make the Secret with that key, and let this resource look it up by the annotation " +
      "resources.teleport.dev/allow-lookup-from-cr",
  ],
];

function remedy(words: string): string | undefined {
  for (const [pattern, advice] of REMEDIES) {
    const match = pattern.exec(words);
    if (match !== null) return advice.replace("$1", match[1] ?? "");
  }
  return undefined;
}

/** Why a resource is not reconciled, in the operator's words, and what to do; undefined if it is. */
export function refusal(
  status: ResourceStatus | undefined,
  kind?: TeleportKind,
): string | undefined {
  const conditions = status?.conditions ?? [];
  if (conditions.length === 0) {
    return kind !== undefined && kindInfo(kind).enterprise
      ? "the operator has not looked at it: only the Enterprise edition, with its licence, has this " +
          "kind; or the operator is down"
      : "the operator has not looked at it: see whether it runs and watches this namespace " +
          "(`kubectl get deployment teleport-operator`), and its log";
  }
  for (const type of Object.keys(ADVICE)) {
    const condition = conditions.find((candidate) => candidate.type === type);
    if (condition === undefined) return `condition ${type} is missing; see the operator's log`;
    if (condition.status !== "True") {
      // The operator's errors go over several lines.
      const words = (condition.message ?? condition.reason ?? condition.status).replace(
        /\s+/g,
        " ",
      );
      return `${type} is ${condition.status}: ${words}; ${remedy(words) ?? ADVICE[type] ?? ""}`;
    }
  }
  return undefined;
}

/**
 * The operator reads first (SuccessfullyReconciled is True) and writes then (False when Teleport
 * refuses), 10 ms later, at each try. A change that it accepts leaves no trace in the conditions.
 */
const SETTLE_MS = 4000;

/** When an object was written, as the API server keeps it. */
export interface WriteTimes {
  creationTimestamp?: string;
  managedFields?: { subresource?: string; time?: string }[];
}

/** Milliseconds until the operator's conditions can be believed: none for an old object. */
export function settleMs(metadata: WriteTimes, now: number): number {
  const writes = (metadata.managedFields ?? []).filter((entry) => entry.subresource === undefined);
  const times = [metadata.creationTimestamp, ...writes.map((entry) => entry.time)]
    .filter((time) => time !== undefined)
    .map((time) => Date.parse(time));
  const age = times.length === 0 ? 0 : now - Math.max(...times);
  return Math.min(SETTLE_MS, Math.max(0, SETTLE_MS - age));
}

/** Between two looks at an object that the operator has not judged yet. */
const LOOKS_MS = [2000, 3000, 5000, 10_000, 15_000];
/** Old enough a verdict that no second thought follows. */
const STABLE_MS = 2000;

/**
 * Milliseconds until an object should be looked at again, after so many looks; undefined when what
 * was seen counts: a verdict, or that there is none until the deadline.
 */
export function nextPollMs(
  status: ResourceStatus | undefined,
  { count, now, deadline }: { count: number; now: number; deadline: number },
): number | undefined {
  const conditions = status?.conditions ?? [];
  // They come one by one, in another order than they count.
  const complete = Object.keys(ADVICE).every((type) => conditions.some((one) => one.type === type));
  const verdict =
    conditions.find((condition) => condition.status === "False") ??
    (complete ? conditions.find(({ type }) => type === "SuccessfullyReconciled") : undefined);
  if (verdict === undefined) {
    const wait = LOOKS_MS[Math.min(count, LOOKS_MS.length) - 1] ?? 0;
    return now >= deadline ? undefined : Math.min(wait, deadline - now);
  }
  const age = now - Date.parse(verdict.lastTransitionTime ?? "");
  // A verdict from the future is one by another clock.
  return Math.abs(age) < STABLE_MS ? STABLE_MS : undefined;
}
