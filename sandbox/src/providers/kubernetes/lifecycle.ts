import {
  hasUnknown,
  InitError,
  isMap,
  UNKNOWN,
  type CreateCall,
  type CreateResult,
  type DeleteCall,
  type Props,
  type ResourceCall,
  type UpdateCall,
} from "../framework.ts";
import { awaitGone, awaitReady, NotReadyError, timeoutSeconds } from "./await/await.ts";
import { ApiError, isNotFound, UnreachableError } from "./client.ts";
import { fieldManagerFor, type Context } from "./context.ts";
import { NoKindError } from "./discovery.ts";
import {
  annotation,
  idOf,
  isPatchToken,
  kindOf,
  metadataOf,
  nameOf,
  namespaceOf,
  parseId,
  str,
  withMetadata,
  without,
  withoutNulls,
  withoutServerMetadata,
} from "./objects.ts";
import { apiObject, checkpoint, readCheckpoint } from "./state.ts";
import { createObject, relinquish, updateObject, type WriteOptions } from "./write.ts";

/** The object to send: no wrappers, no nulls, no server metadata, no namespace where there is none. */
async function wireObject(context: Context, inputs: Props): Promise<Props> {
  const object = withoutServerMetadata(withoutNulls(apiObject(inputs)) as Props);
  if (!namespaceOf(object)) return object;
  const namespaced = await context.namespaced(kindOf(object));
  return namespaced ? object : withMetadata(object, { namespace: undefined });
}

function writeOptions(
  context: Context,
  call: ResourceCall & { preview: boolean },
  fieldManager: string,
): WriteOptions {
  return {
    fieldManager,
    preview: call.preview,
    patchForce: context.settings.patchForce,
    upsert: context.settings.upsert,
    signal: call.signal,
    warn: (text) => context.host.log("warning", text, call.urn),
    status: (text) => context.host.status(text, call.urn),
  };
}

/** A dry run's object: identity and allocated values will be others, so they are unknown. */
function previewed(live: Props, inputs: Props): Props {
  const out = withMetadata(without(withoutServerMetadata(live), "status"), {
    uid: UNKNOWN,
    resourceVersion: UNKNOWN,
    generation: UNKNOWN,
    creationTimestamp: UNKNOWN,
  });
  if (out["kind"] !== "Service" || !isMap(out["spec"])) return out;
  const asked = isMap(inputs["spec"]) ? inputs["spec"] : {};
  const spec: Props = { ...out["spec"] };
  for (const key of ["clusterIP", "clusterIPs", "healthCheckNodePort"]) {
    if (spec[key] !== undefined && !asked[key]) spec[key] = UNKNOWN;
  }
  return { ...out, spec };
}

/** Refusals of a dry run that say nothing about the real run. */
function previewMayPass(error: unknown): boolean {
  if (error instanceof UnreachableError || error instanceof NoKindError) return true;
  if (!(error instanceof ApiError)) return false;
  const dryRun = error.code === 400 && /dry.?run/i.test(error.message);
  return dryRun || [403, 404].includes(error.code) || error.reason === "AlreadyExists";
}

function unready(error: unknown, checkpointed: (live: Props) => Props, prefix: string): unknown {
  if (!(error instanceof NotReadyError)) return error;
  const outs = checkpointed(error.live);
  return new InitError(`${prefix}: ${error.message}`, idOf(error.live), outs, [error.message]);
}

export async function createResource(context: Context, call: CreateCall): Promise<CreateResult> {
  const { inputs, preview } = call;
  const patch = isPatchToken(call.type, str(inputs["kind"]));
  if (preview) {
    const blind = hasUnknown(inputs) || patch || !context.settings.serverSideApply;
    if (blind || !(await context.serves(kindOf(inputs)))) return { id: "", outs: inputs };
  }
  const fieldManager = fieldManagerFor(inputs, "");
  const object = await wireObject(context, inputs);
  const point = (live: Props): Props =>
    checkpoint(
      { inputs: object, live, fieldManager, initialApiVersion: str(object["apiVersion"]) },
      inputs,
    );
  const options = writeOptions(context, call, fieldManager);
  options.upsert ||= patch;
  let written: Props;
  try {
    written = await createObject(context.objects(), object, options);
  } catch (error) {
    if (preview && previewMayPass(error)) return { id: "", outs: inputs };
    throw new Error(describe(error, `resource ${idOf(object)} was not created`, object));
  }
  if (preview) return { id: "", outs: point(previewed(written, inputs)) };
  try {
    const live = await awaitReady(context.objects(), inputs, written, awaitOptions(context, call));
    return { id: idOf(live), outs: point(live) };
  } catch (error) {
    if (error instanceof NotReadyError) throw unready(error, point, createdBut(object));
    // Written, but the wait itself broke (bad annotation, lost connection): keep it in state.
    const message = error instanceof Error ? error.message : String(error);
    throw new InitError(`${createdBut(object)}: ${message}`, idOf(written), point(written), [
      message,
    ]);
  }
}

const createdBut = (object: Props): string =>
  `${kindOf(object).kind} ${idOf(object)} was created, but it failed to become ready`;

const awaitOptions = (
  context: Context,
  call: ResourceCall & { timeout: number; inputs?: Props; news?: Props },
) => ({
  timeout: timeoutSeconds(call.timeout, call.inputs ?? call.news ?? {}),
  signal: call.signal,
  status: (text: string) => context.host.status(text, call.urn),
});

export async function updateResource(context: Context, call: UpdateCall): Promise<Props> {
  const { news, preview } = call;
  if (preview && (hasUnknown(news) || !(await context.serves(kindOf(news))))) return news;
  const old = readCheckpoint(call.olds);
  const fieldManager = fieldManagerFor(news, old.fieldManager);
  const object = await wireObject(context, news);
  const patchResource = isPatchToken(call.type, str(news["kind"]));
  const initialApiVersion = old.initialApiVersion || str(object["apiVersion"]);
  const point = (live: Props): Props =>
    checkpoint({ inputs: object, live, fieldManager, initialApiVersion }, news);
  const options = {
    ...writeOptions(context, call, fieldManager),
    ignoreChanges: call.ignoreChanges,
    patchResource,
  };
  const liveName = nameOf(old.live) || parseId(call.id).name;
  let written: Props;
  try {
    written = await updateObject(context.objects(), object, liveName, options);
  } catch (error) {
    if (preview && previewMayPass(error)) return news;
    throw new Error(describe(error, `update of ${call.id} failed`, object));
  }
  if (preview) return point(withMetadata(written, { managedFields: undefined }));
  let live: Props;
  try {
    live = await awaitReady(context.objects(), news, written, awaitOptions(context, call));
  } catch (error) {
    throw unready(
      error,
      point,
      `${kindOf(object).kind} ${call.id} was updated, but it failed to become ready`,
    );
  }
  if (old.fieldManager && old.fieldManager !== fieldManager) {
    await relinquish(context.objects(), live, old.fieldManager, call.signal);
  }
  return point(live);
}

export async function deleteResource(context: Context, call: DeleteCall): Promise<void> {
  const state = readCheckpoint(call.state);
  const { name, namespace } = parseId(call.id);
  const object: Props = {
    ...kindOf(Object.keys(state.live).length > 0 ? state.live : state.inputs),
    metadata: {
      ...metadataOf(state.live),
      name,
      ...(namespaceOf(state.live) || namespace
        ? { namespace: namespaceOf(state.live) || namespace }
        : {}),
    },
  };
  try {
    if (isPatchToken(call.type, str(object["kind"]))) {
      await relinquish(context.objects(), object, state.fieldManager, call.signal);
      return;
    }
    const objects = context.objects();
    const path = await objects.path(kindOf(object), namespaceOf(object), name);
    const policy = annotation(state.inputs, "pulumi.com/deletionPropagationPolicy").toLowerCase();
    await objects.client.request("DELETE", path, {
      body: {
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy:
          policy === "orphan" ? "Orphan" : policy === "background" ? "Background" : "Foreground",
      },
      signal: call.signal,
    });
    await awaitGone(objects, state.inputs, object, {
      timeout: timeoutSeconds(call.timeout, state.inputs),
      signal: call.signal,
      status: (text) => context.host.status(text, call.urn),
    });
  } catch (error) {
    if (isNotFound(error) || error instanceof NoKindError) return;
    if (error instanceof UnreachableError && context.settings.deleteUnreachable) {
      context.host.log("warning", `${error.message}; dropped from the state`, call.urn);
      return;
    }
    throw error;
  }
}

function describe(error: unknown, what: string, object: Props): string {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof NoKindError) {
    const { apiVersion, kind } = kindOf(object);
    return (
      `${what}: the Kubernetes API server does not serve ${kind} in ${apiVersion}. ` +
      `Verify that any required CRDs have been created: ${message}`
    );
  }
  return `${what}: ${message}`;
}
