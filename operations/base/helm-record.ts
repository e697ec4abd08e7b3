import type { V1Secret } from "@kubernetes/client-node";
import { gunzipSync } from "node:zlib";

/** What Helm keeps of a revision of a release, as far as it is read here. */
export interface HelmRevision {
  name: string;
  namespace: string;
  /** Revision. */
  version: number;
  info: { status: string };
  chart: { metadata: { name: string; version: string } };
  /** Values that were given, without the chart's own. */
  config?: Record<string, unknown> | null;
  /** Every object of the release, hooks left out, as YAML documents. */
  manifest?: string;
}

/**
 * The JSON in key `release` of the Secret that Helm keeps a revision in: base64 of gzip, and base64
 * once more as a Secret (helm.sh/helm/v3/pkg/storage/driver). Empty when there is no such key.
 */
export function revisionText(data: string | undefined): string {
  const packed = Buffer.from(Buffer.from(data ?? "", "base64").toString(), "base64");
  return packed.length === 0 ? "" : gunzipSync(packed).toString();
}

/** Reads {@link revisionText}. Throws when it is no record of Helm's. */
export const readRevision = (data: string | undefined): HelmRevision =>
  JSON.parse(revisionText(data)) as HelmRevision;

const revisionOf = (secret: V1Secret | undefined) =>
  Number(secret?.metadata?.labels?.["version"] ?? 0);

/** Of the Secrets in which Helm keeps revisions, the last of each release, by its name. */
export function lastRecords(secrets: readonly V1Secret[]): Map<string, V1Secret> {
  const last = new Map<string, V1Secret>();
  for (const secret of secrets) {
    const name = secret.metadata?.labels?.["name"] ?? "";
    if (revisionOf(secret) > revisionOf(last.get(name))) last.set(name, secret);
  }
  return last;
}
