import { kindInfo, type TeleportKind } from "./resources/kinds";

/** Status that the Teleport operator writes. Source: `integrations/operator` of Teleport 18. */
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
    "something else made a resource of that name in Teleport; choose another name, or remove the " +
    "resource with tctl",
  SuccessfullyReconciled: "correct what Teleport refuses and run `pulumi up` again",
};

/** Remedies for Teleport's most frequent refusals. */
const REMEDIES: [RegExp, string][] = [
  [
    /\brole "?([^"\s]+)"?.* not found/i,
    "declare role $1 under `resources.roles`, or name one that exists",
  ],
  [
    /secrets? "?([^"\s]+)"? not found|is missing key|allow-lookup-from-cr/i,
    "create the Secret with that key, and let this resource look it up with the annotation " +
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

/** Why a resource is not reconciled (the operator's message) and what to do. Undefined if it is reconciled. */
export function refusal(
  status: ResourceStatus | undefined,
  kind?: TeleportKind,
): string | undefined {
  const conditions = status?.conditions ?? [];
  if (conditions.length === 0) {
    return kind !== undefined && kindInfo(kind).enterprise
      ? "the operator has not processed it: this kind needs the Enterprise edition with its licence, " +
          "or the operator is down"
      : "the operator has not processed it: check that it runs and watches this namespace " +
          "(`kubectl get deployment teleport-operator`), and read its log";
  }
  for (const type of Object.keys(ADVICE)) {
    const condition = conditions.find((candidate) => candidate.type === type);
    if (condition === undefined) return `condition ${type} is missing; read the operator's log`;
    if (condition.status !== "True") {
      // The operator's errors have several lines.
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
 * At each try the operator first reads (SuccessfullyReconciled is True) and about 10 ms later writes
 * (False if Teleport refuses). An accepted change does not show in the conditions.
 */
const SETTLE_MS = 4000;

/** Times when an object was written. Source: `metadata` of Kubernetes objects. */
export interface WriteTimes {
  creationTimestamp?: string;
  managedFields?: { subresource?: string; time?: string }[];
}

/** Milliseconds until the operator's conditions are reliable; 0 for an old object. */
export function settleMs(metadata: WriteTimes, now: number): number {
  const writes = (metadata.managedFields ?? []).filter((entry) => entry.subresource === undefined);
  const times = [metadata.creationTimestamp, ...writes.map((entry) => entry.time)]
    .filter((time) => time !== undefined)
    .map((time) => Date.parse(time));
  const age = times.length === 0 ? 0 : now - Math.max(...times);
  return Math.min(SETTLE_MS, Math.max(0, SETTLE_MS - age));
}

/** Pauses between reads of an object that the operator has not judged yet. */
const LOOKS_MS = [2000, 3000, 5000, 10_000, 15_000];
/** A verdict of this age does not change any more. */
const STABLE_MS = 2000;

/**
 * Milliseconds until the next read of an object, after `count` reads. Undefined when the last read is
 * final: a stable verdict, or none at the deadline.
 */
export function nextPollMs(
  status: ResourceStatus | undefined,
  { count, now, deadline }: { count: number; now: number; deadline: number },
): number | undefined {
  const conditions = status?.conditions ?? [];
  // The operator writes the conditions one by one.
  const complete = Object.keys(ADVICE).every((type) => conditions.some((one) => one.type === type));
  const verdict =
    conditions.find((condition) => condition.status === "False") ??
    (complete ? conditions.find(({ type }) => type === "SuccessfullyReconciled") : undefined);
  if (verdict === undefined) {
    const wait = LOOKS_MS[Math.min(count, LOOKS_MS.length) - 1] ?? 0;
    return now >= deadline ? undefined : Math.min(wait, deadline - now);
  }
  const age = now - Date.parse(verdict.lastTransitionTime ?? "");
  // A timestamp in the future means clock skew.
  return Math.abs(age) < STABLE_MS ? STABLE_MS : undefined;
}
