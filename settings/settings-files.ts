import * as fs from "node:fs";
import { filesMatching, readInside } from "./files";
import { show, type Path, type SettingsProblem } from "./problem";
import { jsonText, type Written } from "./stack-document";
import { readYaml } from "./yaml/read-yaml";
import { hint } from "../teleport/did-you-mean";
import { isMapping, type Mapping } from "../teleport/values";

/** Files that hold parts of a stack's settings: which ones a setting names, and what is in them. */

/** The files that the patterns of a setting match, each once, and problems of the patterns. */
export function matchedFiles(
  patterns: readonly string[],
  folder: string,
  setting: string,
): { files: string[]; problems: SettingsProblem[] } {
  const files = new Set<string>();
  const problems: SettingsProblem[] = [];
  for (const [index, pattern] of patterns.entries()) {
    const at = `${setting}[${index}]`;
    const shown = show(pattern, ["pattern"]);
    const { found, fault } = filesMatching(pattern, folder);
    if (found === undefined) {
      problems.push({ path: at, message: `is ${shown}, and ${fault}.` });
      continue;
    }
    if (found.length === 0) {
      const known = fs.readdirSync(folder).filter((name) => !name.startsWith("."));
      const [first = ""] = pattern.split("/");
      const meant = known.includes(first) ? "." : hint(first, known);
      problems.push({ path: at, message: `is ${shown}, which no file matches${meant}` });
    }
    for (const file of found) files.add(file);
  }
  return { files: [...files], problems };
}

/** What is in a file. */
export interface ReadFile {
  value?: Mapping;
  /** Source text of its values. */
  written?: Written;
  problems: SettingsProblem[];
}

/** Reads a file's mapping. `holds` says what it must have, such as `an app's settings`. */
export function readMapping(
  file: string,
  folder: string,
  real: (file: string) => string,
  holds: string,
): ReadFile {
  const wrong = (...messages: string[]) => ({
    problems: messages.map((message) => ({ path: file, message })),
  });
  const { found: text, fault } = readInside(file, folder, real);
  if (text === undefined) return wrong(`${fault}.`);
  const { value: content = null, faults, written } = readYaml(text);
  if (faults.length > 0) return wrong(...faults.map((fault) => `is not valid YAML: ${fault}.`));
  const lost: Path[] = [];
  const value: unknown = JSON.parse(jsonText(content, [], lost));
  if (!isMapping(value)) {
    return wrong(`is ${value === null ? "empty" : "not a mapping"}: give it ${holds}.`);
  }
  const problems = lost.map((at) => ({
    path: `${file}: ${at.join(".")}`,
    message: `is ${written(at) ?? "infinite"}, which is not a number.`,
  }));
  return { value, written, problems };
}

/** A section of a stack's settings with what its files add. */
export interface WithFiles {
  raw: Record<string, unknown>;
  problems: SettingsProblem[];
  /** Changes the path of a finding about a value of a file to its place in that file. */
  inFiles: (finding: SettingsProblem) => SettingsProblem;
  /** Source text of values in the files. */
  written: Written;
}

/** Settings without files. */
export const noFiles = (raw: Record<string, unknown>): WithFiles => ({
  raw,
  problems: [],
  inFiles: (finding) => finding,
  written: () => undefined,
});

/** The patterns of a section's setting `files`. Undefined if it has none. */
export function filePatterns(section: unknown): string[] | undefined {
  const patterns = isMapping(section) ? section["files"] : undefined;
  if (!Array.isArray(patterns)) return undefined;
  return patterns.filter((pattern) => typeof pattern === "string");
}
