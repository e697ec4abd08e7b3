/** Parts of a chart's pod that several features add to, by the name of the chart value. */
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

/** All parts of one pod; a value that nobody adds to stays out. */
export function mergedParts(parts: readonly PodParts[]): PodParts {
  return Object.fromEntries(
    KEYS.map((key) => [key, parts.flatMap((part) => part[key] ?? [])] as const).filter(
      ([, list]) => list.length > 0,
    ),
  );
}
