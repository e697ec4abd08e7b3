import { gunzipSync } from "node:zlib";
import { parseAllDocuments } from "yaml";
import { at, isMap, type Props } from "../../framework.ts";
import type { Objects } from "../discovery.ts";
import { idOf, kindOf, str } from "../objects.ts";

/** A release as Helm stores it in the cluster. */
export interface StoredRelease {
  name: string;
  namespace: string;
  revision: number;
  status: string;
  description: string;
  chart: string;
  chartVersion: string;
  appVersion: string;
  values: Props;
  manifest: string;
  hooks: Props[];
}

/** The newest revision of a release, undefined when there is none. */
export async function readStored(
  objects: Objects,
  driver: string | undefined,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<StoredRelease | undefined> {
  const kind = driver?.startsWith("configmap") ? "ConfigMap" : "Secret";
  const items = await objects.list(
    { apiVersion: "v1", kind },
    namespace,
    { labelSelector: `owner=helm,name=${name}` },
    signal,
  );
  const version = (item: Props): number => Number(at(item, "metadata.labels.version") ?? 0);
  const newest = items.sort((a, b) => version(b) - version(a))[0];
  const data = newest && str(at(newest, "data.release"));
  if (!data) return undefined;
  const text = kind === "Secret" ? Buffer.from(data, "base64").toString("latin1") : data;
  return decodeStored(text);
}

function decodeStored(text: string): StoredRelease {
  const bytes = Buffer.from(text, "base64");
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const release = JSON.parse((zipped ? gunzipSync(bytes) : bytes).toString("utf8")) as Props;
  const { hooks } = release;
  return {
    name: str(release["name"]),
    namespace: str(release["namespace"]),
    revision: Number(release["version"]),
    status: str(at(release, "info.status")),
    description: str(at(release, "info.description")),
    chart: str(at(release, "chart.metadata.name")),
    chartVersion: str(at(release, "chart.metadata.version")),
    appVersion: str(at(release, "chart.metadata.appVersion")),
    values: isMap(release["config"]) ? release["config"] : {},
    manifest: str(release["manifest"]),
    hooks: Array.isArray(hooks) ? hooks.filter(isMap) : [],
  };
}

/** The objects of a manifest. */
export function manifestObjects(manifest: string): Props[] {
  return parseAllDocuments(manifest, { logLevel: "silent" })
    .map((document) => document.toJS() as unknown)
    .filter((object): object is Props => isMap(object) && Boolean(object["kind"]));
}

/** `Deployment.apps/apps/v1` → names, as the official plugin lists a release's objects. */
export function resourceNames(manifest: string): Props {
  const names = new Map<string, Set<string>>();
  for (const object of manifestObjects(manifest)) {
    const { apiVersion, kind } = kindOf(object);
    const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0] ?? ""}` : "";
    const key = `${kind}${group}/${apiVersion}`;
    names.set(key, (names.get(key) ?? new Set()).add(idOf(object)));
  }
  return Object.fromEntries([...names].map(([key, set]) => [key, [...set].sort()]));
}
