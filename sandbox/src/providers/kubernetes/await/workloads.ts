import { at, type Props } from "../../framework.ts";
import { str } from "../objects.ts";
import { podsOf, warningEvents } from "./pods.ts";
import { failed, READY, waiting, type Check, type Look } from "./types.ts";
import { conditionsOf } from "./wait-for.ts";

const num = (live: Props, path: string, fallback = 0): number => {
  const value = at(live, path);
  return typeof value === "number" ? value : fallback;
};
const stale = (live: Props): boolean =>
  num(live, "status.observedGeneration", -1) < num(live, "metadata.generation");

async function unready(live: Props, look: Look, ...reasons: string[]) {
  const bad = conditionsOf(live)
    .filter((c) =>
      c["type"] === "ReplicaFailure" ? c["status"] === "True" : c["status"] === "False",
    )
    .map((c) => `[${str(c["reason"])}] ${str(c["message"])}`);
  return waiting(
    ...reasons,
    ...bad,
    ...(await podsOf(live, look)),
    ...(await warningEvents(live, look)),
  );
}

export const deployment: Check = (live, look) => {
  const wanted = num(live, "spec.replicas", 1);
  if (stale(live)) return waiting("the Deployment controller has not seen this generation yet");
  const updated = num(live, "status.updatedReplicas");
  const total = num(live, "status.replicas");
  const available = num(live, "status.availableReplicas");
  if (updated >= wanted && total <= updated && available >= wanted) return READY;
  const old = total > updated ? `, ${total - updated} old replicas pending termination` : "";
  return unready(
    live,
    look,
    `${available} of ${wanted} replicas available, ${updated} of ${wanted} updated${old}`,
  );
};

export const statefulSet: Check = (live, look) => {
  const wanted = num(live, "spec.replicas", 1);
  if (stale(live)) return waiting("the StatefulSet controller has not seen this generation yet");
  const ready = num(live, "status.readyReplicas");
  const updated = num(live, "status.updatedReplicas");
  const onDelete = at(live, "spec.updateStrategy.type") === "OnDelete";
  const partition = num(live, "spec.updateStrategy.rollingUpdate.partition");
  const rolled = onDelete || updated >= Math.max(0, wanted - partition);
  if (ready >= wanted && rolled) return READY;
  return unready(live, look, `${ready} of ${wanted} replicas ready, ${updated} updated`);
};

export const daemonSet: Check = (live, look) => {
  if (stale(live)) return waiting("the DaemonSet controller has not seen this generation yet");
  const wanted = num(live, "status.desiredNumberScheduled");
  const updated = num(live, "status.updatedNumberScheduled");
  const available = num(live, "status.numberAvailable");
  const onDelete = at(live, "spec.updateStrategy.type") === "OnDelete";
  if (available >= wanted && (onDelete || updated >= wanted)) return READY;
  return unready(live, look, `${available} of ${wanted} pods available, ${updated} updated`);
};

export const replicationController: Check = (live, look) => {
  const wanted = num(live, "spec.replicas", 1);
  const available = num(live, "status.availableReplicas");
  return available >= wanted
    ? READY
    : unready(live, look, `${available} of ${wanted} replicas available`);
};

export const job: Check = async (live, look) => {
  const condition = (type: string) =>
    conditionsOf(live).find((item) => item["type"] === type && item["status"] === "True");
  const bad = condition("Failed");
  if (condition("Complete")) return READY;
  if (at(live, "spec.suspend") === true) return READY;
  const details = async () => [...(await podsOf(live, look)), ...(await warningEvents(live, look))];
  if (bad) {
    return failed(`[${str(bad["reason"])}] ${str(bad["message"])}`, ...(await details()));
  }
  return waiting(
    `the Job is not complete: ${num(live, "status.succeeded")} of ${num(live, "spec.completions", 1)} completions, ${num(live, "status.failed")} failures`,
    ...(await details()),
  );
};
