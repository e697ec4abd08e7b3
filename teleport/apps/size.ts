import { gzipSync } from "node:zlib";

/** Maximum size of a ConfigMap or Secret in bytes. Source: Kubernetes documentation, "ConfigMaps". */
export const MOST_BYTES = 1024 * 1024;

/** An agent's configuration without apps. */
const OTHER_BYTES = 4096;
/** The chart's own templates in a release's Secret, compressed. */
const CHART_BYTES = 64 * 1024;
/** Below this size no release comes near the limit, so there is no need to compress it. */
const SMALL = 256 * 1024;

/** Sizes of an agent's objects, in bytes. */
export interface ConfigSize {
  /** teleport.yaml in the ConfigMap. */
  configMap: number;
  /** Helm's Secret of the release: values and manifest, compressed and in Base64. */
  release: number;
}

/** Estimated sizes of the objects of an agent with these static apps. */
export function configSize(apps: readonly object[]): ConfigSize {
  const texts = apps.map((app) => JSON.stringify(app));
  const configMap =
    OTHER_BYTES + texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 16, 0);
  if (configMap < SMALL) return { configMap, release: CHART_BYTES + configMap };
  // The apps are in the values and again in the manifest.
  const compressed = gzipSync(`${texts.join("\n")}\n${texts.join(",")}`).length;
  return { configMap, release: CHART_BYTES + Math.ceil((compressed * 4) / 3) };
}
