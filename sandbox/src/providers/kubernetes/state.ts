import {
  deepMap,
  inheritSecrets,
  isMap,
  plain,
  Secret,
  UNKNOWN,
  unwrap,
  type Props,
  type Value,
} from "../framework.ts";
import { isBuiltIn, isSecretKind, renameKeys, str, withoutServerMetadata } from "./objects.ts";

const INPUTS = "__inputs";
const API_VERSION = "__initialApiVersion";
const MANAGER = "__fieldManager";

/** What is kept in state beside the live object. */
export interface Checkpoint {
  inputs: Props;
  live: Props;
  fieldManager: string;
  initialApiVersion: string;
}

/** Outputs of a resource: the whole live object, its secrets marked, and what the next diff needs. */
export function checkpoint(point: Checkpoint, given: Props): Props {
  const live = renameKeys(point.live, "fromApi");
  const inputs = markSecrets(renameKeys(point.inputs, "fromApi") as Props, given);
  return {
    ...markSecrets(live as Props, given),
    [INPUTS]: inputs,
    [API_VERSION]: point.initialApiVersion,
    [MANAGER]: point.fieldManager,
  };
}

/** The parts of a checkpoint, without secret wrappers. */
export function readCheckpoint(state: Props): Checkpoint {
  const bare = plain(state);
  const inputs = isMap(bare[INPUTS]) ? bare[INPUTS] : {};
  const live = Object.fromEntries(
    Object.entries(bare).filter(([key]) => ![INPUTS, API_VERSION, MANAGER].includes(key)),
  );
  return {
    inputs: renameKeys(inputs, "toApi") as Props,
    live: renameKeys(live, "toApi") as Props,
    fieldManager: str(bare[MANAGER]),
    initialApiVersion: str(bare[API_VERSION]),
  };
}

/** Secrets of a Secret object are always secret; elsewhere what was secret in the inputs is. */
export function markSecrets(object: Props, given: Props): Props {
  if (!isSecretKind(plain(object))) return inheritSecrets(object, given);
  const out = { ...object };
  for (const key of ["data", "stringData"]) {
    const value = out[key];
    if (value !== undefined && value !== null) out[key] = new Secret(value);
  }
  const annotations = inheritSecrets({ metadata: out["metadata"] ?? {} }, given);
  return { ...out, ...annotations };
}

/** Live values in the shape of the inputs: what the inputs do not mention is left out. */
export function prune(live: Props, shape: Props): Props {
  const out: Props = {};
  for (const [key, value] of Object.entries(live)) {
    const wanted = shape[key];
    if (wanted !== undefined) out[key] = pruneValue(value, wanted);
  }
  return out;
}

function pruneValue(value: Value, wanted: Value): Value {
  if (isMap(value) && isMap(wanted)) return prune(value, wanted);
  if (!Array.isArray(value) || !Array.isArray(wanted)) return value;
  return value
    .slice(0, wanted.length)
    .map((item, index) => pruneValue(item, wanted[index] ?? null));
}

/**
 * Inputs the way the API server would give them back: `stringData` becomes `data`, base64 is
 * canonical, empty members of built-in kinds (which the server drops) are left out.
 */
export function normalize(object: Props): Props {
  const bare = withoutServerMetadata(plain(object));
  if (isSecretKind(bare)) return normalizeSecret(bare);
  if (!isBuiltIn(str(bare["apiVersion"]))) return bare;
  return bare;
}

function normalizeSecret(secret: Props): Props {
  const { stringData, ...rest } = secret;
  const data: Props = { ...(isMap(rest["data"]) ? rest["data"] : {}) };
  for (const [key, value] of Object.entries(data)) {
    if (typeof value !== "string") continue;
    const decoded = Buffer.from(value, "base64");
    if (/^[A-Za-z0-9+/\s]*=*\s*$/.test(value)) data[key] = decoded.toString("base64");
  }
  if (isMap(stringData)) {
    for (const [key, value] of Object.entries(stringData)) {
      if (typeof value === "string") data[key] = Buffer.from(value, "utf8").toString("base64");
      else if (value === UNKNOWN) data[key] = UNKNOWN;
    }
  } else if (stringData === UNKNOWN) {
    return { ...rest, data: UNKNOWN };
  }
  return Object.keys(data).length > 0 || isMap(rest["data"]) ? { ...rest, data } : rest;
}

/** The inputs as an API object: no wrappers, API spelling of keys. */
export function apiObject(inputs: Props): Props {
  return renameKeys(unwrap(inputs), "toApi") as Props;
}

/** Every unknown replaced by nothing, for requests that must not carry one. */
export function dropUnknowns(value: Value): Value {
  return deepMap(value, (item) => (item === UNKNOWN ? null : item));
}
