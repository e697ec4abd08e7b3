import { at, isMap, type Props } from "../../framework.ts";
import { annotation, isTrue, kindOf, nameOf, namespaceOf, str } from "../objects.ts";
import { podVerdict, warningEvents } from "./pods.ts";
import { READY, waiting, type Check } from "./types.ts";
import { conditionsOf, describeCondition, parseWaitFor } from "./wait-for.ts";
import { daemonSet, deployment, job, replicationController, statefulSet } from "./workloads.ts";

const condition = (live: Props, type: string): Props | undefined =>
  conditionsOf(live).find((item) => item["type"] === type);

const service: Check = async (live, look) => {
  const type = str(at(live, "spec.type")) || "ClusterIP";
  const problems: string[] = [];
  const selector = at(live, "spec.selector");
  const selects = isMap(selector) && Object.keys(selector).length > 0;
  const headless = at(live, "spec.clusterIP") === "None";
  if (selects && !headless && type !== "ExternalName") {
    const slices = await look.objects.list(
      { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
      namespaceOf(live),
      { labelSelector: `kubernetes.io/service-name=${nameOf(live)}` },
      look.signal,
    );
    const endpoints = slices.flatMap((slice) => {
      const list = slice["endpoints"];
      return Array.isArray(list) ? list.filter(isMap) : [];
    });
    if (!endpoints.some((endpoint) => at(endpoint, "conditions.ready") === true)) {
      problems.push(
        "Service does not target any Pods. Selected Pods may not be ready, or field " +
          "'.spec.selector' may not match labels on any Pods",
      );
    }
  }
  if (type === "LoadBalancer") {
    const ingress = at(live, "status.loadBalancer.ingress");
    if (!Array.isArray(ingress) || ingress.length === 0) {
      problems.push(
        "Service was not allocated an IP address; does your cloud provider support this?",
      );
    }
  }
  return problems.length === 0 ? READY : waiting(...problems, ...(await warningEvents(live, look)));
};

const claim: Check = async (live, look) => {
  const phase = str(at(live, "status.phase"));
  if (phase === "Bound") return READY;
  const className = str(at(live, "spec.storageClassName"));
  if (className) {
    const storageClass = await look.objects.find(
      { apiVersion: "storage.k8s.io/v1", kind: "StorageClass" },
      "",
      className,
      look.signal,
    );
    if (storageClass?.["volumeBindingMode"] === "WaitForFirstConsumer") return READY;
  }
  return waiting(
    `PersistentVolumeClaim is ${phase || "Pending"}, not Bound`,
    ...(await warningEvents(live, look)),
  );
};

const ingress: Check = async (live, look) => {
  const addresses = at(live, "status.loadBalancer.ingress");
  return Array.isArray(addresses) && addresses.length > 0
    ? READY
    : waiting(
        "Ingress .status.loadBalancer field was not updated with a hostname/IP address",
        ...(await warningEvents(live, look)),
      );
};

const definition: Check = (live) => {
  const established = condition(live, "Established");
  if (established?.["status"] === "True") return READY;
  const names = condition(live, "NamesAccepted");
  const found = [established, names].filter((item) => item !== undefined).map(describeCondition);
  return waiting("CustomResourceDefinition is not established", ...found);
};

const CHECKS: Record<string, Check> = {
  "apps/v1/Deployment": deployment,
  "apps/v1/StatefulSet": statefulSet,
  "apps/v1/DaemonSet": daemonSet,
  "batch/v1/Job": job,
  "v1/ReplicationController": replicationController,
  "v1/Pod": podVerdict,
  "v1/Service": service,
  "v1/PersistentVolumeClaim": claim,
  "v1/PersistentVolume": (live) =>
    ["Available", "Bound"].includes(str(at(live, "status.phase")))
      ? READY
      : waiting(`PersistentVolume is ${str(at(live, "status.phase")) || "Pending"}`),
  "v1/Secret": (live) =>
    live["type"] === "kubernetes.io/service-account-token" && !isMap(live["data"])
      ? waiting("the token of the service account is not in the Secret yet")
      : READY,
  "networking.k8s.io/v1/Ingress": ingress,
  "apiextensions.k8s.io/v1/CustomResourceDefinition": definition,
};

/** Checks that a refresh makes too (one look, no waiting). */
const READ_CHECKS = new Set([
  "apps/v1/Deployment",
  "apps/v1/StatefulSet",
  "apps/v1/DaemonSet",
  "batch/v1/Job",
  "v1/Pod",
  "v1/Service",
  "networking.k8s.io/v1/Ingress",
]);

const key = (live: Props): string => `${kindOf(live).apiVersion}/${kindOf(live).kind}`;

/** Readiness the way most controllers report it, asked for with PULUMI_K8S_AWAIT_ALL=true. */
const generic: Check = (live) => {
  const generation = at(live, "metadata.generation");
  const observed = at(live, "status.observedGeneration");
  if (typeof generation === "number" && typeof observed === "number" && observed < generation) {
    return waiting("the controller has not seen this generation yet");
  }
  const bad = conditionsOf(live).filter(
    (item) =>
      (item["type"] === "Ready" && item["status"] !== "True") ||
      (["Reconciling", "Stalled"].includes(str(item["type"])) && item["status"] === "True"),
  );
  return bad.length === 0 ? READY : waiting(...bad.map(describeCondition));
};

/** How to tell that the object is ready; undefined when nothing is to be waited for. */
export function checkFor(inputs: Props, live: Props): Check | undefined {
  if (isTrue(inputs, "pulumi.com/skipAwait")) return undefined;
  const waitFor = annotation(live, "pulumi.com/waitFor");
  if (waitFor) return parseWaitFor(waitFor);
  const known = CHECKS[key(live)];
  if (known) return known;
  return process.env["PULUMI_K8S_AWAIT_ALL"] === "true" ? generic : undefined;
}

/** The check a refresh makes, if any. */
export function readCheckFor(inputs: Props, live: Props): Check | undefined {
  if (isTrue(inputs, "pulumi.com/skipAwait") || annotation(live, "pulumi.com/waitFor")) {
    return undefined;
  }
  return READ_CHECKS.has(key(live)) ? CHECKS[key(live)] : undefined;
}
