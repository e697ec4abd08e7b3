import { gzipSync } from "node:zlib";

/** Most bytes of a ConfigMap's or a Secret's data (Kubernetes). */
export const MOST_BYTES = 1024 * 1024;

/** Settings of an agent that are not apps. */
const OTHER_BYTES = 4096;
/** The chart's own templates in a release's Secret, compressed. */
const CHART_BYTES = 64 * 1024;
/** Below this no release comes near the limit, so nothing is compressed to find out. */
const SMALL = 256 * 1024;

/** How much an agent's static apps need, in bytes. */
export interface ConfigSize {
  /** teleport.yaml in the ConfigMap. */
  configMap: number;
  /** Helm's Secret of the release: values and manifest, compressed and in Base64. */
  release: number;
}

/** About how big the objects of an agent with these static apps become. */
export function configSize(apps: readonly object[]): ConfigSize {
  const texts = apps.map((app) => JSON.stringify(app));
  const configMap =
    OTHER_BYTES + texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 16, 0);
  if (configMap < SMALL) return { configMap, release: CHART_BYTES + configMap };
  // The apps are in the values and again in the manifest.
  const compressed = gzipSync(`${texts.join("\n")}\n${texts.join(",")}`).length;
  return { configMap, release: CHART_BYTES + Math.ceil((compressed * 4) / 3) };
}
