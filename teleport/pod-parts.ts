/** Parts of a pod to which several features add, by chart value. */
export interface PodParts {
  initContainers?: object[];
  extraContainers?: object[];
  extraEnv?: object[];
  extraVolumes?: object[];
  extraVolumeMounts?: object[];
}

const KEYS = [
  "initContainers",
  "extraContainers",
  "extraEnv",
  "extraVolumes",
  "extraVolumeMounts",
] as const;

/** Merges the parts of one pod, without empty ones. */
export function mergedParts(parts: readonly PodParts[]): PodParts {
  return Object.fromEntries(
    KEYS.map((key) => [key, parts.flatMap((part) => part[key] ?? [])] as const).filter(
      ([, list]) => list.length > 0,
    ),
  );
}
