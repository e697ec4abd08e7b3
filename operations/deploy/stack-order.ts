import { minimatch } from "minimatch";
import { CommandError } from "../base/exit-codes";
import { stackConfig, stackNames } from "../base/stack-file";

/** A stack, and the stacks that must be deployed before it. */
export interface OrderedStack {
  name: string;
  needs: string[];
}

/** Stacks by name and pattern (`agent-*,prod`), in the order of the names. */
export function selectStacks(
  { stack, stacks }: { stack?: string; stacks?: string },
  cwd: string,
): string[] {
  if ((stack === undefined) === (stacks === undefined)) {
    throw new CommandError("USAGE", "say either --stack NAME or --stacks 'PATTERN,…'.");
  }
  const known = stackNames(cwd);
  if (stack !== undefined) {
    stackConfig(stack, cwd);
    return [stack];
  }
  const patterns = (stacks ?? "")
    .split(",")
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== "");
  const empty = patterns.filter((pattern) => !known.some((name) => minimatch(name, pattern)));
  if (patterns.length === 0 || empty.length > 0) {
    throw new CommandError(
      "USAGE",
      `--stacks: no stack is called ${empty.join(" or ") || "like nothing"}; there are ${known.join(", ")}.`,
    );
  }
  return known.filter((name) => patterns.some((pattern) => minimatch(name, pattern)));
}

/** Name of the stack that a stack's plane reference names, which may include organization and project. */
export function planeOf(name: string, cwd: string): string | undefined {
  let plane: unknown;
  try {
    plane = JSON.parse(stackConfig(name, cwd)["access-plane:plane"] ?? "null");
  } catch {
    // The check of the settings reports this.
    return undefined;
  }
  const stack = (plane as { stack?: unknown } | null)?.stack;
  return typeof stack === "string" ? stack.split("/").at(-1) : undefined;
}

/** Stacks with their dependencies among each other. Throws for a circular dependency. */
export function stackOrder(names: readonly string[], cwd: string): OrderedStack[] {
  const stacks = names.map((name) => {
    const plane = planeOf(name, cwd);
    return { name, needs: plane !== undefined && names.includes(plane) ? [plane] : [] };
  });
  for (const { name } of stacks) {
    const seen: string[] = [];
    for (let at: string | undefined = name; at !== undefined;) {
      if (seen.includes(at)) {
        const circle = [...seen.slice(seen.indexOf(at)), at].join(" → ");
        throw new CommandError("SETTINGS", `stacks need each other in a circle: ${circle}.`);
      }
      seen.push(at);
      const current: string = at;
      at = stacks.find((stack) => stack.name === current)?.needs[0];
    }
  }
  return stacks;
}

/** The same stacks in the order of destruction: dependents first. */
export function reversed(stacks: readonly OrderedStack[]): OrderedStack[] {
  return stacks.map(({ name }) => ({
    name,
    needs: stacks.filter(({ needs }) => needs.includes(name)).map((other) => other.name),
  }));
}

/**
 * Runs each stack when all its dependencies have succeeded, at most `parallel` at a time. Skips a stack if
 * a dependency failed or was skipped. Results are in the order of the stacks.
 */
export async function inOrder<T>(
  stacks: readonly OrderedStack[],
  parallel: number,
  run: (name: string) => Promise<T>,
  skip: (name: string, because: string) => T,
  ok: (result: T) => boolean,
): Promise<T[]> {
  const results = new Map<string, T>();
  const running = new Map<string, Promise<void>>();
  const waiting = new Set(stacks);
  while (waiting.size > 0 || running.size > 0) {
    for (const stack of [...waiting]) {
      const broken = stack.needs.find((need) => {
        const result = results.get(need);
        return result !== undefined && !ok(result);
      });
      if (broken !== undefined) {
        waiting.delete(stack);
        results.set(stack.name, skip(stack.name, broken));
      } else if (stack.needs.every((need) => results.has(need)) && running.size < parallel) {
        waiting.delete(stack);
        const ended = run(stack.name).then((result) => {
          results.set(stack.name, result);
          running.delete(stack.name);
        });
        running.set(stack.name, ended);
      }
    }
    if (running.size > 0) await Promise.race(running.values());
  }
  return stacks.map(({ name }) => results.get(name) as T);
}
