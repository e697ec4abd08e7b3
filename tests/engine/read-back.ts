import * as assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import type { EngineStack } from "./stack";

/** Namespace of the plane. */
export const NAMESPACE = "teleport";

/** A Teleport resource as the API server returns it. */
export interface Reconciled {
  metadata: { name: string; labels: Record<string, string> };
  spec: Record<string, unknown>;
  status?: { conditions?: { type: string; status: string }[] };
}

/** All resources of one kind, by name. */
export async function objects(
  stack: EngineStack,
  plural: string,
  version = "v1",
): Promise<Map<string, Reconciled>> {
  const kind = { group: "resources.teleport.dev", version, plural };
  const list = (await stack
    .kube(k8s.CustomObjectsApi)
    .listNamespacedCustomObject({ ...kind, namespace: NAMESPACE })) as { items: Reconciled[] };
  return new Map(list.items.map((object) => [object.metadata.name, object]));
}

/** One resource. Asserts that the operator has accepted it. */
export async function accepted(
  stack: EngineStack,
  plural: string,
  name: string,
  version?: string,
): Promise<Reconciled> {
  const object = (await objects(stack, plural, version)).get(name);
  const states = object?.status?.conditions?.map(({ type, status }) => `${type} ${status}`);
  assert.ok(object && states?.includes("SuccessfullyReconciled True"), `${plural} ${name}`);
  return object;
}

/** One file of a ConfigMap. */
export async function config(
  stack: EngineStack,
  name: string,
  key: string,
  namespace = NAMESPACE,
): Promise<string> {
  const { data = {} } = await stack
    .kube(k8s.CoreV1Api)
    .readNamespacedConfigMap({ name, namespace });
  return data[key] ?? assert.fail(`ConfigMap ${name} has no ${key}`);
}
