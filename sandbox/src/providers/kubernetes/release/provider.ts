import { existsSync } from "node:fs";
import {
  deepMap,
  hasUnknown,
  inheritSecrets,
  InitError,
  isMap,
  plain,
  Secret,
  UNKNOWN,
  type CheckCall,
  type CreateCall,
  type CreateResult,
  type DeleteCall,
  type Props,
  type ReadCall,
  type ReadResult,
  type ResourceCall,
  type UpdateCall,
} from "../../framework.ts";
import type { Context } from "../context.ts";
import { parseId, str } from "../objects.ts";
import { runChart, uninstall } from "./actions.ts";
import { notReady } from "./diagnosis.ts";
import { checkRelease, DEFAULT_TIMEOUT_S, diffRelease } from "./inputs.ts";
import { readStored, resourceNames, type StoredRelease } from "./stored.ts";

export const RELEASE_TOKEN = "kubernetes:helm.sh/v3:Release";

const idOf = (release: Props): string => `${str(release["namespace"])}/${str(release["name"])}`;

function stored(context: Context, release: Props, signal: AbortSignal) {
  const driver = context.settings.helm["driver"] ?? process.env["HELM_DRIVER"];
  const [namespace, name] = [str(release["namespace"]), str(release["name"])];
  return readStored(context.objects(), driver, namespace, name, signal);
}

/** Outputs: the inputs as they are in the cluster, status and object names. */
function outputs(inputs: Props, live: StoredRelease | undefined): Props {
  const bare = plain(inputs);
  const outs: Props = { ...inputs, __inputs: new Secret(inputs) };
  if (!live) return { ...outs, status: UNKNOWN, resourceNames: UNKNOWN };
  const { name, namespace, revision, status, chart, appVersion } = live;
  const version = live.chartVersion;
  return inheritSecrets(
    {
      ...bare,
      version,
      values: mergeConfig(bare["values"] ?? {}, live.values),
      resourceNames: resourceNames(live.manifest),
      status: { name, namespace, revision, status, chart, version, appVersion },
      __inputs: outs["__inputs"] ?? null,
    },
    inputs,
  );
}

function mergeConfig(base: Props[string], over: Props[string]): Props[string] {
  if (!isMap(base) || !isMap(over)) return over;
  const out: Props = { ...base };
  for (const [key, value] of Object.entries(over)) {
    out[key] = out[key] === undefined ? value : mergeConfig(out[key], value);
  }
  return out;
}

/** A failed Helm run: what Helm said, then what the controllers say. */
async function explain(context: Context, live: StoredRelease | undefined, error: unknown) {
  const message = error instanceof Error ? error.message : String(error);
  const words = live ? await notReady(context.objects(), live).catch(() => []) : [];
  return { message, words, text: [message, ...words.map((word) => `  - ${word}`)].join("\n") };
}

/** Renders at preview, so that a bad value is seen before the update; never fatal there. */
async function renderForPreview(context: Context, call: ResourceCall, inputs: Props) {
  if (hasUnknown(inputs) || !inputs["chart"]) return;
  try {
    await runChart("template", inputs, context.settings, call.signal);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    context.host.log("warning", `the chart does not render as it is: ${message}`, call.urn);
  }
}

async function create(context: Context, call: CreateCall): Promise<CreateResult> {
  const { inputs } = call;
  if (call.preview) {
    await renderForPreview(context, call, inputs);
    return { id: "", outs: outputs(inputs, undefined) };
  }
  const before = await stored(context, plain(inputs), call.signal);
  try {
    await runChart("install", inputs, context.settings, call.signal);
  } catch (error) {
    const live = await stored(context, plain(inputs), AbortSignal.timeout(10_000));
    const { message, words, text } = await explain(context, live, error);
    // Nothing of ours is there: an atomic install was rolled back, or the name was taken before.
    if (!live || before) throw new Error(`Helm release "${idOf(plain(inputs))}": ${text}`);
    throw new InitError(
      `Helm release "${idOf(plain(inputs))}" was created, but failed to initialize completely: ${text}`,
      idOf(plain(inputs)),
      outputs(inputs, live),
      [message, ...words],
    );
  }
  const live = await stored(context, plain(inputs), call.signal);
  return { id: idOf(plain(inputs)), outs: outputs(inputs, live) };
}

async function update(context: Context, call: UpdateCall): Promise<Props> {
  if (call.preview) {
    await renderForPreview(context, call, call.news);
    return outputs(call.news, undefined);
  }
  const release = plain(call.news);
  const before = await stored(context, release, call.signal);
  try {
    if (release["lint"] === true) await runChart("lint", release, context.settings, call.signal);
    await runChart("upgrade", release, context.settings, call.signal);
  } catch (error) {
    const live = await stored(context, release, AbortSignal.timeout(10_000));
    const { message, words, text } = await explain(context, live, error);
    const touched = live !== undefined && live.revision !== before?.revision;
    if (!touched) throw new Error(`Helm release "${idOf(release)}": ${text}`);
    throw new InitError(
      `Helm release "${idOf(release)}" failed to initialize completely: ${text}`,
      idOf(release),
      outputs(call.news, live),
      [message, ...words],
    );
  }
  return outputs(call.news, await stored(context, release, call.signal));
}

async function read(context: Context, call: ReadCall): Promise<ReadResult | undefined> {
  const state = plain(call.state);
  const inState = str(state["name"]) !== "";
  const { namespace, name } = inState
    ? { namespace: str(state["namespace"]), name: str(state["name"]) }
    : parseId(call.id);
  const place = namespace || "default";
  const live = await stored(context, { namespace: place, name }, call.signal);
  if (!live) return undefined;
  const inputs =
    Object.keys(call.inputs).length > 0
      ? call.inputs
      : inState
        ? inputsOf(call.state)
        : imported(live);
  return { id: call.id || `${place}/${name}`, outs: outputs(inputs, live), inputs };
}

function inputsOf(state: Props): Props {
  const kept = state["__inputs"];
  const inner = kept instanceof Secret ? kept.value : kept;
  return isMap(inner) ? inner : {};
}

/** Inputs of an imported release; a chart folder of its name beside the program is taken for it. */
function imported(live: StoredRelease): Props {
  const { chart, chartVersion: version } = live;
  const places = [`${chart}-${version}`, `${chart}-${version}.tgz`, chart, `${chart}.tgz`];
  return {
    chart: places.find((place) => existsSync(place)) ?? chart,
    name: live.name,
    namespace: live.namespace,
    version,
    values: deepMap(live.values, (value) => value),
    timeout: DEFAULT_TIMEOUT_S,
  };
}

async function remove(context: Context, call: DeleteCall): Promise<void> {
  const state = plain(call.state);
  const { namespace, name } = parseId(call.id);
  const release: Props = { ...state, name: state["name"] ?? name };
  release["namespace"] = state["namespace"] ?? namespace;
  try {
    const said = await uninstall(release, context.settings, call.signal);
    const kept = said.split("\n").filter((line) => /^\[/.test(line));
    if (kept.length > 0) {
      context.host.log("warning", `Helm uninstall kept: ${kept.join(", ")}`, call.urn);
    }
  } catch (error) {
    const live = await stored(context, release, AbortSignal.timeout(10_000)).catch(() => undefined);
    const { text } = await explain(context, live, error);
    throw new Error(`Helm release "${idOf(release)}" was not uninstalled: ${text}`);
  }
}

/** The handler of `helm.sh/v3:Release`. */
export function releaseHandler(context: () => Context) {
  return {
    check: (call: CheckCall) => checkRelease(context(), call),
    diff: diffRelease,
    create: (call: CreateCall) => create(context(), call),
    read: (call: ReadCall) => read(context(), call),
    update: (call: UpdateCall) => update(context(), call),
    delete: (call: DeleteCall) => remove(context(), call),
  };
}
