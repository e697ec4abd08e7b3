import { at, isMap, type Props, type Value } from "../../framework.ts";
import { nameOf, namespaceOf, str } from "../objects.ts";
import { failed, READY, waiting, type Look, type Verdict } from "./types.ts";
import { conditionsOf } from "./wait-for.ts";

/** A label selector object as the API's query text. */
export function selectorText(selector: Value | undefined): string | undefined {
  if (!isMap(selector)) return undefined;
  const labels = isMap(selector["matchLabels"]) ? selector["matchLabels"] : {};
  const terms = Object.entries(labels).map(([key, value]) => `${key}=${str(value)}`);
  const expressions = Array.isArray(selector["matchExpressions"])
    ? selector["matchExpressions"]
    : [];
  for (const item of expressions.filter(isMap)) {
    const key = str(item["key"]);
    const values = Array.isArray(item["values"]) ? item["values"].map(str).join(",") : "";
    const operator = str(item["operator"]);
    if (operator === "Exists") terms.push(key);
    else if (operator === "DoesNotExist") terms.push(`!${key}`);
    else terms.push(`${key} ${operator === "NotIn" ? "notin" : "in"} (${values})`);
  }
  return terms.length > 0 ? terms.join(",") : undefined;
}

/** Is this pod ready (or done)? */
export function podVerdict(pod: Props): Verdict {
  const phase = str(at(pod, "status.phase"));
  if (phase === "Succeeded") return READY;
  const ready = conditionsOf(pod).find((condition) => condition["type"] === "Ready");
  if (ready?.["status"] === "True") return READY;
  const problems = podProblems(pod);
  return phase === "Failed" ? failed(...problems) : waiting(...problems);
}

/** What keeps a pod from being ready, in the kubelet's and scheduler's words. */
export function podProblems(pod: Props): string[] {
  const name = `pod ${nameOf(pod)}`;
  const problems: string[] = [];
  for (const condition of conditionsOf(pod)) {
    if (condition["type"] === "PodScheduled" && condition["status"] === "False") {
      problems.push(`${name}: ${str(condition["reason"])}: ${str(condition["message"])}`);
    }
  }
  for (const key of ["initContainerStatuses", "containerStatuses"]) {
    const statuses = at(pod, `status.${key}`);
    for (const status of Array.isArray(statuses) ? statuses.filter(isMap) : []) {
      problems.push(...containerProblems(name, status));
    }
  }
  if (problems.length === 0) {
    const unready = conditionsOf(pod).filter((condition) => condition["status"] === "False");
    const message = str(at(pod, "status.message"));
    problems.push(
      `${name} is ${str(at(pod, "status.phase")) || "Pending"}` +
        (message ? `: ${message}` : "") +
        unready.map((c) => `; ${str(c["type"])}: ${str(c["message"]) || "False"}`).join(""),
    );
  }
  return problems;
}

function containerProblems(pod: string, status: Props): string[] {
  const container = `${pod}, container ${str(status["name"])}`;
  for (const [state, suffix] of [
    ["state.waiting", ""],
    ["state.terminated", ""],
    ["lastState.terminated", " before"],
  ] as const) {
    const found = at(status, state);
    if (!isMap(found)) continue;
    const reason = str(found["reason"]);
    if (state === "state.waiting" && reason === "PodInitializing") continue;
    if (found["exitCode"] === 0) continue;
    const code = found["exitCode"];
    const exit = typeof code === "number" ? ` (exit code ${code})` : "";
    const message = str(found["message"]).trim();
    return [
      `${container}: ${reason || "terminated"}${suffix}${exit}${message ? `: ${message}` : ""}`,
    ];
  }
  return [];
}

/** Problems of the pods of a workload; the newest unready ones, at most five. */
export async function podsOf(workload: Props, look: Look): Promise<string[]> {
  const labelSelector = selectorText(at(workload, "spec.selector"));
  if (!labelSelector) return [];
  const pods = await look.objects.list(
    { apiVersion: "v1", kind: "Pod" },
    namespaceOf(workload),
    { labelSelector },
    look.signal,
  );
  const unready = pods.filter((pod) => !podVerdict(pod).ready);
  return unready.slice(-5).flatMap(podProblems);
}

/** The last warning events about an object, newest last. */
export async function warningEvents(live: Props, look: Look, limit = 3): Promise<string[]> {
  const uid = str(at(live, "metadata.uid"));
  const events = await look.objects.list(
    { apiVersion: "v1", kind: "Event" },
    namespaceOf(live) || "default",
    { fieldSelector: `involvedObject.name=${nameOf(live)},type=Warning` },
    look.signal,
  );
  const mine = events.filter((event) => {
    const about = str(at(event, "involvedObject.uid"));
    return !about || !uid || about === uid;
  });
  mine.sort((a, b) => when(a).localeCompare(when(b)));
  return mine.slice(-limit).map((event) => `${str(event["reason"])}: ${str(event["message"])}`);
}

const when = (event: Props): string =>
  str(event["lastTimestamp"]) || str(event["eventTime"]) || str(event["firstTimestamp"]);
