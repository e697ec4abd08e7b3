/**
 * Environment variable with which `access-plane up` asks the program to protect the Teleport resources of one update:
 * names of those that it may replace, with commas. The command protects them in the state before, and the engine
 * saves the whole state for each resource whose protection changes: with 2,000 of them, for five minutes.
 */
export const GUARD_VARIABLE = "ACCESS_PLANE_GUARD";

/** Tells by its name in the program whether this update protects a Teleport resource. Without a guard none. */
export function guardedResources(env: NodeJS.ProcessEnv = process.env): (name: string) => boolean {
  const replaced = env[GUARD_VARIABLE]?.split(",");
  if (replaced === undefined) return () => false;
  const names = new Set(replaced);
  return (name) => !names.has(name);
}
