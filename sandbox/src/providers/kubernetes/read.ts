import { InitError, type ReadCall, type ReadResult, type Props, type Value } from "../framework.ts";
import { readCheckFor } from "./await/checks.ts";
import { isNotFound, UnreachableError } from "./client.ts";
import { fieldManagerFor, type Context } from "./context.ts";
import { NoKindError } from "./discovery.ts";
import {
  idOf,
  isPatchToken,
  kindOf,
  kindOfToken,
  metadataOf,
  namespaceOf,
  parseId,
  renameKeys,
  withMetadata,
  without,
  withoutServerMetadata,
} from "./objects.ts";
import { apiObject, checkpoint, markSecrets, normalize, prune, readCheckpoint } from "./state.ts";

/** Refresh, import and `.get`: the live object, and the inputs as they would read today. */
export async function readResource(
  context: Context,
  call: ReadCall,
): Promise<ReadResult | undefined> {
  const old = readCheckpoint(call.state);
  const { namespace, name } = parseId(call.id);
  if (!name) throw new Error(`cannot read "${call.id}": the id is not name or namespace/name`);
  // State without inputs is an import or a `.get`: take everything from the cluster.
  const fresh = Object.keys(call.inputs).length === 0 && Object.keys(old.inputs).length === 0;
  const given = Object.keys(call.inputs).length > 0 ? apiObject(call.inputs) : old.inputs;
  const kind = kindOf(given).kind
    ? kindOf(given)
    : kindOf(old.live).kind
      ? kindOf(old.live)
      : tokenKind(call.type);
  const place = namespace || namespaceOf(old.live) || namespaceOf(given);
  let live: Props;
  try {
    live = await context.objects().get(kind, place, name, call.signal);
  } catch (error) {
    if (isNotFound(error) || error instanceof NoKindError) return undefined;
    if (error instanceof UnreachableError) return unreachable(context, call, error);
    throw error;
  }
  const shape = normalize(given);
  const inputs = fresh ? importInputs(live) : restoreShape(prune(live, shape), given);
  const fieldManager = fieldManagerFor(given, old.fieldManager);
  const initialApiVersion = old.initialApiVersion || kind.apiVersion;
  const outs = checkpoint({ inputs, live, fieldManager, initialApiVersion }, call.inputs);
  const result = {
    id: call.id || idOf(live),
    outs,
    inputs: markSecrets(renameKeys(inputs, "fromApi") as Props, call.inputs),
  };
  const check = fresh ? undefined : readCheckFor(given, live);
  if (check) {
    const verdict = await check(live, {
      objects: context.objects(),
      inputs: given,
      signal: call.signal,
    });
    if (!verdict.ready) {
      const text = verdict.reasons.join("\n  - ");
      const message = `${kind.kind} ${result.id} is not ready: ${text}`;
      throw new InitError(message, result.id, outs, verdict.reasons, result.inputs);
    }
  }
  return result;
}

/** Pruned live values may miss `apiVersion`/`kind` given by older state. */
function restoreShape(pruned: Props, given: Props): Props {
  const out: Props = { ...pruned };
  for (const key of ["apiVersion", "kind"]) {
    if (out[key] === undefined && given[key] !== undefined) out[key] = given[key];
  }
  return out;
}

function tokenKind(token: string) {
  const kind = kindOfToken(token);
  return isPatchToken(token, undefined) ? { ...kind, kind: kind.kind.replace(/Patch$/, "") } : kind;
}

/** Inputs of an imported object: everything but what only the server writes. */
function importInputs(live: Props): Props {
  const rest = without(withoutServerMetadata(live), "status");
  const annotations = metadataOf(rest)["annotations"];
  if (typeof annotations !== "object" || annotations === null) return rest;
  const kept = Object.entries(annotations).filter(
    ([key]) =>
      key !== "deployment.kubernetes.io/revision" &&
      key !== "kubectl.kubernetes.io/last-applied-configuration",
  );
  return withMetadata(rest, {
    annotations: kept.length > 0 ? Object.fromEntries<Value>(kept) : undefined,
  });
}

function unreachable(context: Context, call: ReadCall, error: Error): ReadResult | undefined {
  if (context.settings.deleteUnreachable) {
    context.host.log("warning", `${error.message}; dropped from the state`, call.urn);
    return undefined;
  }
  if (context.settings.skipUpdateUnreachable) {
    return { id: call.id, outs: call.state, inputs: call.inputs };
  }
  throw new Error(
    `failed to read resource state: ${error.message}. If the cluster was deleted, rerun with ` +
      'PULUMI_K8S_DELETE_UNREACHABLE="true" to drop its resources from the state',
  );
}
