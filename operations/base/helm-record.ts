import type { V1Secret } from "@kubernetes/client-node";
import { gunzipSync } from "node:zlib";

/** Used fields of Helm's record of a revision. */
export interface HelmRevision {
  name: string;
  namespace: string;
  /** Revision. */
  version: number;
  info: { status: string };
  chart: { metadata: { name: string; version: string } };
  /** Values that the user set, without the chart's defaults. */
  config?: Record<string, unknown> | null;
  /** All objects of the release except hooks, as YAML documents. */
  manifest?: string;
}

/**
 * JSON from the key `release` of a Secret in which Helm stores a revision: base64 of gzip, and base64 again
 * in the Secret (helm.sh/helm/v3/pkg/storage/driver). Empty without this key.
 */
export function revisionText(data: string | undefined): string {
  const packed = Buffer.from(Buffer.from(data ?? "", "base64").toString(), "base64");
  return packed.length === 0 ? "" : gunzipSync(packed).toString();
}

/** Parses {@link revisionText}. Throws if it is not a record of Helm. */
export const readRevision = (data: string | undefined): HelmRevision =>
  JSON.parse(revisionText(data)) as HelmRevision;

const revisionOf = (secret: V1Secret | undefined) =>
  Number(secret?.metadata?.labels?.["version"] ?? 0);

/** The newest record of each release, by release name. */
export function lastRecords(secrets: readonly V1Secret[]): Map<string, V1Secret> {
  const last = new Map<string, V1Secret>();
  for (const secret of secrets) {
    const name = secret.metadata?.labels?.["name"] ?? "";
    if (revisionOf(secret) > revisionOf(last.get(name))) last.set(name, secret);
  }
  return last;
}
