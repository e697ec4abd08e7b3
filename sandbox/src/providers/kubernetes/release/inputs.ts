import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import {
  Asset,
  deepDiff,
  deepMap,
  hasUnknown,
  isMap,
  plain,
  Secret,
  UNKNOWN,
  underPath,
  type Change,
  type CheckCall,
  type CheckFailure,
  type CheckResult,
  type DiffCall,
  type DiffResult,
  type Props,
  type Value,
} from "../../framework.ts";
import { UnreachableError } from "../client.ts";
import type { Context } from "../context.ts";
import { chartChecksum, chartVersion, localChart } from "./chart.ts";

export const DEFAULT_TIMEOUT_S = 300;
/** Versions of remote charts resolved by this process. */
const VERSIONS = new Map<string, Promise<string>>();

const absent = (value: Value | undefined): boolean =>
  value === undefined || value === null || value === "" || value === false;

/** Inputs with name, namespace, timeout, exact chart version and merged values. */
export async function checkRelease(context: Context, call: CheckCall): Promise<CheckResult> {
  const inputs: Props = Object.fromEntries(
    Object.entries(call.news).filter(([, value]) => value !== null),
  );
  for (const key of ["resourceNames", "status", "checksum", "valueYamlFiles", "compat"]) {
    Reflect.deleteProperty(inputs, key);
  }
  const failures: CheckFailure[] = [];
  inputs["values"] = mergeValueFiles(call.news["valueYamlFiles"], call.news["values"]);
  if (absent(inputs["name"])) {
    inputs["name"] = call.olds["name"] ?? `${call.name.slice(0, 44)}-${autoSuffix(call)}`;
  }
  if (absent(inputs["namespace"])) inputs["namespace"] = defaultNamespace(context);
  if (inputs["skipAwait"] !== true) inputs["timeout"] ??= DEFAULT_TIMEOUT_S;
  const deciding = ["chart", "version", "repositoryOpts"].map((key) => inputs[key]);
  if (!deciding.some(hasUnknown)) {
    try {
      const bare = plain(inputs);
      inputs["version"] = await resolveVersion(context, bare, call.signal);
      const local = localChart(bare);
      if (local) inputs["checksum"] = chartChecksum(local);
    } catch (error) {
      if (error instanceof UnreachableError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      failures.push({
        property: "chart",
        reason: `${message}; check the chart name and repository configuration.`,
      });
    }
  }
  return { inputs, failures };
}

function autoSuffix(call: CheckCall): string {
  const seed = call.randomSeed.length > 0 ? call.randomSeed : randomBytes(16);
  return createHash("sha256").update(seed).update(call.urn).digest("hex").slice(0, 8);
}

function defaultNamespace(context: Context): string {
  const { namespace, kubeconfig } = context.settings;
  const current = kubeconfig?.getContextObject(kubeconfig.getCurrentContext())?.namespace;
  return namespace ?? current ?? "default";
}

function resolveVersion(context: Context, inputs: Props, signal: AbortSignal): Promise<string> {
  if (localChart(inputs)) return chartVersion(inputs, context.settings, signal);
  const key = JSON.stringify(["chart", "version", "devel", "repositoryOpts"].map((k) => inputs[k]));
  const known = VERSIONS.get(key) ?? chartVersion(inputs, context.settings, signal);
  VERSIONS.set(key, known);
  known.catch(() => VERSIONS.delete(key));
  return known;
}

/** `valueYamlFiles` in order, then `values` over them; what was secret stays secret. */
function mergeValueFiles(files: Value | undefined, values: Value | undefined): Value {
  if (values === UNKNOWN || files === UNKNOWN) return UNKNOWN;
  const secret = values instanceof Secret;
  const own = secret ? values.value : (values ?? {});
  if (own === UNKNOWN) return values ?? UNKNOWN;
  let merged: Value = {};
  const list = files instanceof Secret ? files.value : files;
  for (const file of Array.isArray(list) ? list : []) {
    if (!(file instanceof Asset)) throw new Error("valueYamlFiles must hold file or text assets");
    const text = file.text ?? (file.path ? readFileSync(file.path, "utf8") : "");
    if (file.uri) throw new Error("valueYamlFiles: remote assets are not supported here");
    merged = mergeValues(merged, (parse(text) as Value | null) ?? {});
  }
  merged = mergeValues(merged, own);
  return secret ? new Secret(merged) : merged;
}

function mergeValues(base: Value, over: Value): Value {
  if (!isMap(base) || !isMap(over)) return over;
  const out: Props = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = out[key];
    out[key] = below === undefined ? value : mergeValues(below, value);
  }
  return out;
}

/** A null in chart values removes a default, so it is not the same as nothing. */
const keepNulls = (value: Value): Value =>
  deepMap(value, (item) => (item === null ? "\u0000null" : item));

/** Changes against the old inputs, and against what the last refresh saw in the cluster. */
export function diffRelease(call: DiffCall): DiffResult {
  const state = plain(call.olds);
  const oldInputs = isMap(state["__inputs"]) ? state["__inputs"] : plain(call.oldInputs);
  const news = plain(call.news);
  if (call.ignoreChanges.includes("version")) news["version"] = state["version"] ?? null;
  // A state written without a checksum (by the official plugin) says nothing about the chart.
  if (oldInputs["checksum"] === undefined) delete news["checksum"];
  delete oldInputs["resourceNames"];
  const [before, after] = [keepNulls(oldInputs) as Props, keepNulls(news) as Props];
  const changes = new Map<string, Change>();
  for (const change of deepDiff(before, after, call.ignoreChanges))
    changes.set(change.path, change);
  for (const change of drift(state, news, call.ignoreChanges)) changes.set(change.path, change);
  const detailedDiff = [...changes.values()];
  const replaces = detailedDiff
    .filter((change) => ["name", "namespace"].some((key) => underPath(change.keys, key)))
    .map((change) => change.path);
  return { changes: detailedDiff.length > 0, detailedDiff, replaces };
}

/** Values and version of the live release that are not what the program says. */
function drift(state: Props, news: Props, ignore: readonly string[]): Change[] {
  const live: Props = {};
  for (const key of ["values", "version"]) {
    if (state[key] !== undefined) live[key] = keepNulls(state[key]);
  }
  const wanted: Props = {};
  for (const key of Object.keys(live)) wanted[key] = keepNulls(news[key] ?? null);
  return deepDiff(live, wanted, ignore).filter((change) => change.kind !== "delete");
}
