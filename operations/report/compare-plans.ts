import { kindOf } from "../kinds";
import type { PlannedResource } from "../plan/plan-stack";
import { type Change, type Changes } from "../base/change";
import { redact, redactInputs } from "../base/redact";
import { get } from "../../teleport/values";

/** Identity of an object in Kubernetes. */
const METADATA = ["metadata.name", "metadata.namespace"];

/** JSON with sorted keys, because order does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

const differs = (a: unknown, b: unknown) => canonical(a) !== canonical(b);

function fixedDifferences(before: PlannedResource, after: PlannedResource): string[] {
  const fixed = kindOf(after)?.fixed ?? [];
  const paths = after.type.startsWith("kubernetes:") ? [...METADATA, ...fixed] : fixed;
  return paths.filter((path) => {
    const keys = path.split(".");
    return differs(get(before.inputs, ...keys), get(after.inputs, ...keys));
  });
}

function change(
  operation: Change["operation"],
  resource: PlannedResource,
  before?: PlannedResource,
  after?: PlannedResource,
): Change {
  const old = before && redactInputs(before.type, before.inputs);
  const next = after && redactInputs(after.type, after.inputs);
  return {
    operation,
    part: resource.part,
    type: resource.type,
    name: resource.name,
    before: old,
    after: next,
    replaceBecause: before && after ? fixedDifferences(before, after) : [],
    drifted: [],
    protect: before?.protect ?? resource.protect,
  };
}

/**
 * What deploying `head` over `base` changes, from the two plans alone. It is a replacement if a property
 * changes that the provider cannot update.
 */
export function comparePlans(
  base: readonly PlannedResource[],
  head: readonly PlannedResource[],
): Changes {
  const key = ({ type, name }: PlannedResource) => `${type}::${name}`;
  const before = new Map(base.map((resource) => [key(resource), resource]));
  const after = new Map(head.map((resource) => [key(resource), resource]));

  const changes: Change[] = [];
  let unchanged = 0;
  for (const [id, next] of after) {
    const old = before.get(id);
    if (old === undefined) {
      changes.push(change("create", next, undefined, next));
    } else if (differs(redact(old.inputs), redact(next.inputs))) {
      const operation = fixedDifferences(old, next).length > 0 ? "replace" : "update";
      changes.push(change(operation, next, old, next));
    } else {
      unchanged += 1;
    }
  }
  for (const [id, old] of before) {
    if (!after.has(id)) changes.push(change("delete", old, old, undefined));
  }
  return { changes, unchanged, warnings: [], errors: [] };
}
