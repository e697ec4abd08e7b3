import { REVISION } from "./names";

/** CPU and memory. Source: Kubernetes' ResourceRequirements. */
export interface Resources {
  requests?: Record<string, string>;
  limits?: Record<string, string>;
}

/** Pod settings of one part. */
export interface Pods {
  nodeSelector: Record<string, string>;
  tolerations: object[];
  affinity?: Record<string, unknown>;
  priorityClassName?: string;
  podLabels: Record<string, string>;
  serviceAccountAnnotations: Record<string, string>;
  extraEnv: object[];
  resources: Resources;
}

/** Logs and metrics. */
export interface Monitoring {
  log: { level: string; format: string };
  podMonitor?: { labels: Record<string, string>; interval: string };
}

/** A mapping or list, or undefined if it is empty. */
export function nonEmpty<T extends object>(some: T): T | undefined {
  return Object.keys(some).length === 0 ? undefined : some;
}

/** Values that all charts share: scheduling and resources. */
export function schedulingValues(
  pods: Omit<Pods, "podLabels" | "serviceAccountAnnotations" | "extraEnv">,
) {
  return {
    resources: pods.resources,
    nodeSelector: nonEmpty(pods.nodeSelector),
    tolerations: nonEmpty(pods.tolerations),
    affinity: pods.affinity,
    priorityClassName: pods.priorityClassName,
  };
}

/** Chart value `annotations`, for pods and service account. Pods restart when `revision` changes. */
export function annotations(
  pods: Pick<Pods, "serviceAccountAnnotations">,
  revision?: string,
  more: Record<string, string> = {},
) {
  return nonEmpty({
    ...(revision !== undefined && { pod: { [REVISION]: revision } }),
    ...(nonEmpty({ ...more, ...pods.serviceAccountAnnotations }) && {
      serviceAccount: { ...more, ...pods.serviceAccountAnnotations },
    }),
  });
}

/** Values of Teleport's charts for the pods of one part, without `extraEnv`. */
export function podValues(pods: Pods, revision?: string, more?: Record<string, string>) {
  return {
    ...schedulingValues(pods),
    extraLabels: nonEmpty(pods.podLabels) && { pod: pods.podLabels },
    annotations: annotations(pods, revision, more),
  };
}

/** Values of Teleport's charts for logs and metrics. */
export function monitoringValues({ log, podMonitor }: Monitoring) {
  return {
    log: { level: log.level, format: log.format },
    podMonitor: podMonitor && {
      enabled: true,
      additionalLabels: podMonitor.labels,
      interval: podMonitor.interval,
    },
  };
}
