/** Helpers for files that nobody must read half-written. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** Replaces a file whole. The mode defaults to 0600: most of them hold a secret. */
export function writeWhole(path: string, text: string, mode = 0o600): void {
  const part = `${path}.part`;
  writeFileSync(part, text, { mode });
  renameSync(part, path);
}

/** The text of a file; undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Parses a JSON file; a broken one is reported with what to do. */
export function readJson<T>(path: string, otherwise: T): T {
  const text = readIfThere(path);
  if (text === undefined) return otherwise;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Error(`${path} is not valid JSON. Correct it, or run "make reset" to start again.`);
  }
}
