import { z } from "zod";
import { dnsName, kubernetesLabels, labels, nonEmpty, resources } from "./fields";

/** Settings that the pods of every part have. */

const toleration = z.strictObject({
  key: nonEmpty.optional().describe("Key of the taint. Default: every key."),
  operator: z.enum(["Exists", "Equal"]).optional().describe("Default: Kubernetes' own, Equal."),
  value: z.string().optional().describe("Value of the taint, with Equal."),
  effect: z
    .enum(["NoSchedule", "PreferNoSchedule", "NoExecute"])
    .optional()
    .describe("Effect of the taint. Default: every effect."),
  tolerationSeconds: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe("Seconds a pod stays, with NoExecute. Default: for ever."),
});

const envName = z.string().regex(/^[A-Za-z_]\w*$/, "must be the name of a variable");
const keyRef = z.strictObject({
  name: dnsName.describe("Name of the object."),
  key: nonEmpty.describe("Key in it."),
});

const variable = z.strictObject({
  name: envName.describe("Name of the variable."),
  value: z.string().optional().describe("Plain value, no secret. Default: none."),
  valueFrom: z
    .strictObject({
      secretKeyRef: keyRef.optional().describe("A key of a Secret. Default: none."),
      configMapKeyRef: keyRef.optional().describe("A key of a ConfigMap. Default: none."),
      fieldRef: z
        .strictObject({ fieldPath: nonEmpty.describe("Such as metadata.name.") })
        .optional()
        .describe("A field of the pod. Default: none."),
    })
    .optional()
    .describe("Where the value comes from instead, by exactly one of the three. Default: none."),
});

/** Any object of Kubernetes' API, whose fields the API server checks. */
const object = z.record(z.string(), z.unknown());

/** Amounts that keep a pod from being BestEffort. */
export const requested = (cpu: string, memory: string) =>
  resources
    .prefault({ requests: { cpu, memory } })
    .describe(`CPU and memory of each pod. Default: requests of ${cpu} and ${memory}, no limits.`);

/** Where pods run, and what they carry. */
export const pods = {
  nodeSelector: kubernetesLabels.prefault({}).describe("Labels of the nodes. Default: any node."),
  tolerations: z.array(toleration).prefault([]).describe("Taints tolerated. Default: none."),
  affinity: object
    .optional()
    .describe("Affinity as Kubernetes has it. Default: replicas on different nodes."),
  priorityClassName: dnsName.optional().describe("PriorityClass. Default: the cluster's."),
  podLabels: kubernetesLabels.prefault({}).describe("Labels added to the pods. Default: none."),
  serviceAccountAnnotations: labels
    .prefault({})
    .describe("Annotations added to the service account. Default: none."),
  extraEnv: z.array(variable).prefault([]).describe("Variables added. Default: none."),
};

export const topologySpreadConstraints = z
  .array(object)
  .prefault([])
  .describe("Spread as Kubernetes has it. Default: the chart's, over hosts and zones.");

/** What Teleport logs, and whether Prometheus scrapes it. */
export const monitoring = {
  log: z
    .strictObject({
      level: z
        .enum(["DEBUG", "INFO", "WARN", "ERROR"])
        .default("INFO")
        .describe("Least level that is logged."),
      format: z.enum(["text", "json"]).default("text").describe("Format of the lines."),
    })
    .prefault({})
    .describe("Teleport's log."),
  podMonitor: z
    .strictObject({
      labels: labels.prefault({}).describe("Labels that Prometheus selects by. Default: none."),
      interval: z
        .string()
        .regex(/^\d+(s|m)$/, "must be a duration such as 30s")
        .default("30s")
        .describe("How often it scrapes."),
    })
    .optional()
    .describe("A PodMonitor, for which the Prometheus operator must be there. Default: none."),
};
