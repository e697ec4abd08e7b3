import * as path from "node:path";
import { rememberRealPaths } from "./files";
import { pathText, type SettingsProblem } from "./problem";
import { filePatterns, matchedFiles, noFiles, readMapping, type WithFiles } from "./settings-files";
import type { Written } from "./stack-document";
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
const SETTING = "access-plane:apps.files";

/** Reads every file that the patterns match. A broken file does not hide problems of others. */
export function readCatalogue(patterns: readonly string[], folder: string): Catalogue {
  const entries: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const files = new Map<string, string>();
  const written = new Map<string, Written>();
  const real = rememberRealPaths();
  const { files: found, problems } = matchedFiles(patterns, folder, SETTING);
  for (const file of found) {
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
      const {
        value,
        written: source,
        problems: broken,
      } = readMapping(file, folder, real, "an app's settings");
      problems.push(...broken);
      files.set(name, file);
      if (source !== undefined) written.set(name, source);
      if (value !== undefined) entries[name] = value;
    }
  }
  return { entries, files, problems, written };
}

/** Adds the apps of the files that `apps.files` matches, relative to the folder of the stack file. */
export function withCatalogue(raw: Record<string, unknown>, folder: string): WithFiles {
  const { apps } = raw;
  const patterns = filePatterns(apps);
  if (!isMapping(apps) || patterns === undefined) return noFiles(raw);
  const catalogue = readCatalogue(patterns, folder);
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
function fileNames(files: ReadonlyMap<string, string>): WithFiles["inFiles"] {
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
