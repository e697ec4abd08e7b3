import * as fs from "node:fs";
import * as path from "node:path";
import { pathText, show, type Path, type SettingsProblem } from "./problem";
import { filesMatching, readInside, rememberRealPaths } from "./files";
import { hint } from "../teleport/did-you-mean";
import { jsonText, type Written } from "./stack-document";
import { readYaml } from "./yaml/read-yaml";
import { isMapping } from "../teleport/values";

/** Reads the files of an app catalogue. Each file holds one app and has its name. */

/** Apps from files, and problems of the files. */
export interface Catalogue {
  entries: Record<string, unknown>;
  /** File of each app, relative to the stack file. */
  files: ReadonlyMap<string, string>;
  problems: SettingsProblem[];
  /** Source text of each app's values; paths start below its name. */
  written: ReadonlyMap<string, Written>;
}

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SECTION = "access-plane:apps.files";

interface ReadFile {
  value?: unknown;
  written?: Written;
  problems: SettingsProblem[];
}

function read(file: string, folder: string, real: (file: string) => string): ReadFile {
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
    return wrong(`is ${value === null ? "empty" : "not a mapping"}: give it an app's settings.`);
  }
  const problems = lost.map((at) => ({
    path: `${file}: ${at.join(".")}`,
    message: `is ${written(at) ?? "infinite"}, which is not a number.`,
  }));
  return { value, written, problems };
}

/** Reads every file that the patterns match. A broken file does not hide problems of others. */
export function readCatalogue(patterns: readonly string[], folder: string): Catalogue {
  const entries: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const files = new Map<string, string>();
  const problems: SettingsProblem[] = [];
  const written = new Map<string, Written>();
  const seen = new Set<string>();
  const real = rememberRealPaths();
  for (const [index, pattern] of patterns.entries()) {
    const at = `${SECTION}[${index}]`;
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
      problems.push({
        path: at,
        message: `is ${shown}, which no file matches${meant}`,
      });
    }
    for (const file of found) {
      if (seen.has(file)) continue;
      seen.add(file);
      const name = path.posix.basename(file).replace(/\.(ya?ml|json)$/, "");
      const first = files.get(name);
      if (!NAME.test(name)) {
        problems.push({
          path: file,
          message: `names no app: a file is called after its app, a DNS label, such as grafana.yaml.`,
        });
      } else if (first !== undefined) {
        problems.push({
          path: file,
          message: `is a second app ${name}, after ${first}: rename one.`,
        });
      } else {
        const { value, written: source, problems: broken } = read(file, folder, real);
        problems.push(...broken);
        files.set(name, file);
        if (source !== undefined) written.set(name, source);
        if (value !== undefined) entries[name] = value;
      }
    }
  }
  return { entries, files, problems, written };
}

/** A stack's settings with the apps of its files. */
export interface WithCatalogue {
  raw: Record<string, unknown>;
  problems: SettingsProblem[];
  /** Changes the path of a finding about an app from a file to its place in that file. */
  inFiles: (finding: SettingsProblem) => SettingsProblem;
  /** Source text of values in the files. */
  written: Written;
}

/** Adds the apps of the files that `apps.files` matches, relative to the folder of the stack file. */
export function withCatalogue(raw: Record<string, unknown>, folder: string): WithCatalogue {
  const { apps } = raw;
  const patterns = isMapping(apps) ? apps["files"] : undefined;
  if (!isMapping(apps) || !Array.isArray(patterns)) {
    return {
      raw,
      problems: [],
      inFiles: (finding) => finding,
      written: () => undefined,
    };
  }
  const texts = patterns.filter((pattern) => typeof pattern === "string");
  const catalogue = readCatalogue(texts, folder);
  const inline = isMapping(apps["entries"]) ? apps["entries"] : {};
  const entries = { ...inline };
  const files = new Map(catalogue.files);
  for (const [name, app] of Object.entries(catalogue.entries)) {
    if (Object.hasOwn(inline, name)) {
      const file = files.get(name) ?? name;
      files.delete(name);
      catalogue.problems.push({
        path: file,
        message: `is a second app ${name}, after ${SECTION_ENTRIES}.${name}: remove one of them.`,
      });
    } else entries[name] = app;
  }
  return {
    raw: { ...raw, apps: { ...apps, entries } },
    problems: catalogue.problems,
    inFiles: fileNames(files),
    written: ([section, list, name, ...rest]) =>
      section === "apps" && list === "entries" && files.has(String(name))
        ? catalogue.written.get(String(name))?.(rest)
        : undefined,
  };
}

const SECTION_ENTRIES = pathText(["apps", "entries"]);

/** Turns `access-plane:apps.entries.zot.uri` into `apps/zot.yaml: uri`. */
function fileNames(files: ReadonlyMap<string, string>): WithCatalogue["inFiles"] {
  const place = (text: string) =>
    text.replace(
      /(?:access-plane:)?\bapps\.entries(?:\.([A-Za-z_][\w-]*)|\["([^"]*)"\])(\.?)/g,
      (whole, plain: string | undefined, quoted: string | undefined, dot: string) => {
        const file = files.get(plain ?? quoted ?? "");
        return file === undefined ? whole : `${file}${dot === "" ? "" : ": "}`;
      },
    );
  return ({ path: at, message }) => ({ path: place(at), message: place(message) });
}
