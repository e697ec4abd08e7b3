import { setTimeout as sleep } from "node:timers/promises";
import { isMap, type Props } from "../framework.ts";
import { ApiError, isConflict, isNotFound } from "./client.ts";
import { NoKindError, type Objects } from "./discovery.ts";
import { adoptionPatch, applyIgnored, CREATOR, mayForce } from "./managed-fields.ts";
import { isCrd, kindOf, metadataOf, nameOf, namespaceOf, str, withMetadata } from "./objects.ts";

export interface WriteOptions {
  fieldManager: string;
  preview: boolean;
  patchForce: boolean;
  /** Apply over an existing object instead of insisting on creating it. */
  upsert: boolean;
  ignoreChanges?: readonly string[];
  signal: AbortSignal;
  warn: (text: string) => void;
  status: (text: string) => void;
}

const APPLY = "application/apply-patch+yaml";
const CREATE_PATIENCE_MS = 31_000;

async function apply(
  objects: Objects,
  object: Props,
  options: WriteOptions,
  force: boolean,
): Promise<Props> {
  const path = await objects.path(kindOf(object), namespaceOf(object), nameOf(object));
  try {
    return await objects.client.request("PATCH", path, {
      body: object,
      contentType: APPLY,
      query: {
        fieldManager: options.fieldManager,
        force: String(force),
        dryRun: options.preview ? "All" : undefined,
        fieldValidation: "Warn",
      },
      signal: options.signal,
      warn: options.warn,
    });
  } catch (error) {
    throw isConflict(error) ? conflictError(error as ApiError, options.fieldManager) : error;
  }
}

function conflictError(error: ApiError, manager: string): ApiError {
  return new ApiError(
    error.code,
    error.reason,
    `server-side apply field conflict detected: the resource managed by field manager "${manager}" ` +
      `had an apply conflict: ${error.message}. Leave the fields to their owner, or set the ` +
      `annotation pulumi.com/patchForce: "true" (or enablePatchForce on the provider) to take them`,
    error.status,
  );
}

/** Creates the object; waits a while for a kind or namespace that is only just coming up. */
export async function createObject(
  objects: Objects,
  object: Props,
  options: WriteOptions,
): Promise<Props> {
  const deadline = Date.now() + CREATE_PATIENCE_MS;
  for (let pause = 100; ; pause = Math.min(pause * 1.5, 2000)) {
    try {
      if (options.upsert) {
        const force = mayForce(object, undefined, options);
        return await apply(objects, object, options, force);
      }
      return await objects.client.request(
        "POST",
        await objects.path(kindOf(object), namespaceOf(object)),
        {
          body: object,
          query: {
            fieldManager: CREATOR,
            dryRun: options.preview ? "All" : undefined,
            fieldValidation: "Warn",
          },
          signal: options.signal,
          warn: options.warn,
        },
      );
    } catch (error) {
      const early = isNotFound(error) || error instanceof NoKindError;
      if (!early || options.preview || Date.now() > deadline) throw explainCreate(error);
      options.status(`retrying: ${(error as Error).message}`);
      await sleep(pause, undefined, { signal: options.signal });
    }
  }
}

function explainCreate(error: unknown): unknown {
  if (!(error instanceof ApiError) || error.reason !== "AlreadyExists") return error;
  return new ApiError(
    error.code,
    error.reason,
    `${error.message}\n\nThe object is already in the cluster. Take it over with \`pulumi import\`, ` +
      "manage single fields of it with a Patch resource, use an alias if only the Pulumi name " +
      "changed, or set upsertExistingObjects on the provider.",
    error.status,
  );
}

/** Brings the existing object to the inputs. */
export async function updateObject(
  objects: Objects,
  object: Props,
  liveName: string,
  options: WriteOptions & { patchResource: boolean },
): Promise<Props> {
  const kind = kindOf(object);
  const path = await objects.path(kind, namespaceOf(object), liveName);
  for (let attempt = 1; ; attempt++) {
    let live = await objects.client.get(path, { signal: options.signal });
    try {
      if (isCrd(object)) {
        const version = metadataOf(live)["resourceVersion"] ?? "";
        return await objects.client.request("PUT", path, {
          body: withMetadata(object, { resourceVersion: version }),
          query: {
            fieldManager: options.fieldManager,
            dryRun: options.preview ? "All" : undefined,
          },
          signal: options.signal,
          warn: options.warn,
        });
      }
      const adopt =
        options.patchResource || options.preview
          ? undefined
          : adoptionPatch(live, options.fieldManager);
      if (adopt) {
        live = await objects.client.request("PATCH", path, {
          body: adopt,
          contentType: "application/json-patch+json",
          signal: options.signal,
        });
      }
      const wanted = withMetadata(
        applyIgnored(object, live, options.fieldManager, options.ignoreChanges ?? []),
        { name: liveName, resourceVersion: undefined },
      );
      return await apply(objects, wanted, options, mayForce(object, live, options));
    } catch (error) {
      const stale = isConflict(error) && /object has been modified/.test((error as Error).message);
      if (!stale || attempt > 5) throw error;
    }
  }
}

/** Gives up every field that `fieldManager` owns on the object. */
export async function relinquish(
  objects: Objects,
  object: Props,
  fieldManager: string,
  signal: AbortSignal,
): Promise<void> {
  const kind = kindOf(object);
  const namespace = namespaceOf(object);
  // An apply on an absent object would create an empty one.
  if (!(await objects.find(kind, namespace, nameOf(object), signal))) return;
  const metadata: Props = { name: nameOf(object), ...(namespace ? { namespace } : {}) };
  try {
    await objects.client.request("PATCH", await objects.path(kind, namespace, nameOf(object)), {
      body: { ...kind, metadata },
      contentType: APPLY,
      query: { fieldManager },
      signal,
    });
  } catch (error) {
    throw requiredField(error) ?? error;
  }
}

function requiredField(error: unknown): Error | undefined {
  if (!(error instanceof ApiError) || !isMap(error.status["details"])) return undefined;
  const causes = error.status["details"]["causes"];
  const cause = (Array.isArray(causes) ? causes : [])
    .filter(isMap)
    .find((item) => item["reason"] === "FieldValueRequired");
  return cause
    ? new Error(
        "this Patch resource is currently managing a required field, so it can't be deleted " +
          "directly. Either set the `retainOnDelete` resource option, or transfer ownership of the " +
          `field before deleting: ${str(cause["field"])}`,
      )
    : undefined;
}
