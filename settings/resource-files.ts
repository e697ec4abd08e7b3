import { rememberRealPaths } from "./files";
import { pathText, type SettingsProblem } from "./problem";
import { resources } from "./sections/resources";
import { filePatterns, matchedFiles, noFiles, readMapping, type WithFiles } from "./settings-files";
import type { Written } from "./stack-document";
import { hint } from "../teleport/did-you-mean";
import { isMapping, type Mapping } from "../teleport/values";

/** Reads the files of Teleport resources. Each file has some of the lists of section `resources`. */

const SETTING = "access-plane:resources.files";

/** Settings of the section that are no resources by name, so the stack file has them. */
const OF_STACK_FILE = ["files", "presets", "sessionMfa"];
const LISTS = Object.keys(resources.unwrap().shape).filter((key) => !OF_STACK_FILE.includes(key));

/** A list and the name of a resource in it. */
const keyOf = (list: string, name: string) => JSON.stringify([list, name]);

/** The resources of a file, and problems of its other keys. */
function resourcesOf(file: string, content: Mapping) {
  const problems: SettingsProblem[] = [];
  const found: { list: string; name: string; entry: unknown }[] = [];
  for (const [list, entries] of Object.entries(content)) {
    const path = `${file}: ${list}`;
    if (OF_STACK_FILE.includes(list)) {
      problems.push({ path, message: "belongs in the stack file: move it there." });
    } else if (!LISTS.includes(list)) {
      problems.push({ path, message: `is not a list of resources${hint(list, LISTS)}` });
    } else if (!isMapping(entries)) {
      problems.push({ path, message: "is not a mapping: give it resources by name." });
    } else {
      for (const [name, entry] of Object.entries(entries)) found.push({ list, name, entry });
    }
  }
  return { found, problems };
}

/** Adds the resources of the files that `resources.files` matches, relative to the folder of the stack file. */
export function withResourceFiles(raw: Record<string, unknown>, folder: string): WithFiles {
  const section = raw["resources"];
  const patterns = filePatterns(section);
  if (!isMapping(section) || patterns === undefined) return noFiles(raw);
  const { files, problems } = matchedFiles(patterns, folder, SETTING);
  const lists = Object.entries(section).map(([list, own]) => [
    list,
    isMapping(own) ? { ...own } : own,
  ]);
  const merged = Object.fromEntries(lists) as Mapping;
  const from = new Map<string, string>();
  const sources = new Map<string, Written>();
  const real = rememberRealPaths();
  for (const file of files) {
    const {
      value,
      written,
      problems: broken,
    } = readMapping(file, folder, real, "resources by list and name");
    problems.push(...broken);
    if (value === undefined) continue;
    if (written !== undefined) sources.set(file, written);
    const { found, problems: others } = resourcesOf(file, value);
    problems.push(...others);
    for (const { list, name, entry } of found) {
      const all = (merged[list] ??= {});
      // The schema reports a list of the stack file that is no mapping.
      if (!isMapping(all)) continue;
      if (!Object.hasOwn(all, name)) {
        all[name] = entry;
        from.set(keyOf(list, name), file);
        continue;
      }
      const other = from.get(keyOf(list, name));
      const first =
        other === undefined ? pathText(["resources", list, name]) : `${other}: ${list}.${name}`;
      problems.push({
        path: `${file}: ${list}.${name}`,
        message: `is there a second time, after ${first}: remove one of them.`,
      });
    }
  }
  return {
    raw: { ...raw, resources: merged },
    problems,
    inFiles: places(from),
    written: ([first, list, name, ...rest]) => {
      const file = first === "resources" ? from.get(keyOf(String(list), String(name))) : undefined;
      return file === undefined
        ? undefined
        : sources.get(file)?.([list ?? "", name ?? "", ...rest]);
    },
  };
}

/** Turns `access-plane:resources.roles.dev.spec` into `resources/roles.yaml: roles.dev.spec`. */
function places(from: ReadonlyMap<string, string>): WithFiles["inFiles"] {
  const place = (text: string) =>
    text.replace(
      /(?:access-plane:)?\bresources\.([A-Za-z]+)(?:\.([A-Za-z_][\w-]*)|\[("(?:[^"\\]|\\.)*")\])/g,
      (whole, list: string, plain: string | undefined, quoted: string | undefined) => {
        const name = plain ?? (JSON.parse(quoted ?? '""') as string);
        const file = from.get(keyOf(list, name));
        return file === undefined
          ? whole
          : `${file}: ${list}${whole.slice(whole.indexOf(list) + list.length)}`;
      },
    );
  return ({ path: at, message }) => ({ path: place(at), message: place(message) });
}
