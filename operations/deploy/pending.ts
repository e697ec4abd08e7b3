import type { PendingOperation } from "../engine/state";
import { isRepeatable } from "../kinds";
import type { Finder, FindResult } from "../kinds/find";
import { shortUrn } from "../base/urn";

/** How one pending operation is resolved. */
export interface Resolution {
  urn: string;
  operation: PendingOperation["type"];
  /**
   * `read`: read its state again; `import`: it exists, so add it to the state; `forget`: it does not exist,
   * or creating it again is harmless; `decide`: the user has to check.
   */
  action: "read" | "import" | "forget" | "decide";
  id?: string;
  why: string;
}

/** Resolves each pending operation with the first finder that knows its resource. */
export async function resolvePending(
  operations: readonly PendingOperation[],
  finders: readonly Finder[],
): Promise<Resolution[]> {
  return Promise.all(
    operations.map(async ({ type: operation, resource }) => {
      const common = { urn: resource.urn, operation };
      if (operation !== "creating") {
        return { ...common, action: "read" as const, why: "the provider reports its state" };
      }
      const found = await find(resource, finders);
      switch (found.state) {
        case "exists":
          return { ...common, action: "import" as const, id: found.id, why: "it was made" };
        case "absent":
          return { ...common, action: "forget" as const, why: "it was not made" };
        case "repeatable":
          return { ...common, action: "forget" as const, why: "making it again does the same" };
        case "unknown":
          return { ...common, action: "decide" as const, why: found.why };
      }
    }),
  );
}

async function find(
  resource: PendingOperation["resource"],
  finders: readonly Finder[],
): Promise<FindResult> {
  // A component exists only in the state.
  if (resource.custom === false || isRepeatable(resource.type)) return { state: "repeatable" };
  for (const finder of finders) {
    const found = await finder(resource);
    if (found !== undefined) return found;
  }
  return { state: "unknown", why: `nothing here can look for a ${resource.type}` };
}

export function resolutionText({ urn, operation, action, id, why }: Resolution): string {
  const what = {
    read: "read again",
    import: `taken into the state as ${id ?? ""}`,
    forget: "made again by the next update",
    decide: "needs a decision",
  }[action];
  return `${shortUrn(urn)}, cut off while ${operation}: ${what} (${why})`;
}
