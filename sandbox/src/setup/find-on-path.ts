import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { ask } from "./run-command.ts";
import { formatRange, inRange, parseVersion, type Range, type Version } from "./versions.ts";

/** The full path of a program on PATH, or undefined. */
export function findOnPath(
  program: string,
  path: string = process.env["PATH"] ?? "",
): string | undefined {
  for (const folder of path.split(delimiter)) {
    // If an env file was sourced, a sandbox's own links are on PATH. They are no installation.
    if (folder.replace(/\/+$/, "").endsWith("/.sandbox/bin")) continue;
    const candidate = join(folder || ".", program);
    try {
      accessSync(candidate, constants.X_OK);
      if (statSync(candidate).isFile()) return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

export type Found =
  | { suitable: true; path: string; version: Version }
  | { suitable: false; path?: string; why: string };

/** Looks for a program on PATH and checks its version. */
export function judge(program: string, args: string[], range: Range): Found {
  const path = findOnPath(program);
  if (path === undefined) return { suitable: false, why: "not on PATH" };
  const version = parseVersion(ask(path, args) ?? "");
  if (version === undefined) return { suitable: false, path, why: "does not report its version" };
  return inRange(version, range)
    ? { suitable: true, path, version }
    : { suitable: false, path, why: `is ${version.join(".")}, needed is ${formatRange(range)}` };
}
