import { existsSync, lstatSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { goTools, moduleData, moto, type GoTool } from "./catalogue.ts";
import { findOnPath, judge } from "./find-on-path.ts";
import { cacheDir, stateDir } from "./paths.ts";
import { findPostgres } from "./postgres.ts";

/** File with the paths that set-up chose. */
export const toolsFile = join(stateDir, "tools.json");

const toolsDir = () => join(cacheDir(), "bin");

/** Folder of a built tool of one version in the cache. */
export function builtDir(tool: { name: string; version: string }): string {
  return join(toolsDir(), tool.name, tool.version);
}

/** Folder of the files taken from a module. */
export function dataDir(data: { name: string; version: string }): string {
  return join(cacheDir(), "data", data.name, data.version);
}

/** Python of the virtual environment that has moto. */
export const motoPython = () => join(builtDir(moto), "bin", "python");

/** The installed programs of a tool, by name, from PATH or the cache; undefined if any is missing. */
export function findGoTool(
  tool: GoTool,
): { from: "PATH" | "cache"; paths: Record<string, string> } | undefined {
  const onPath = programsOnPath(tool);
  if (onPath) return { from: "PATH", paths: onPath };
  const released = releasedHost(tool);
  if (released) return { from: "cache", paths: { [tool.name]: released } };
  const paths = tool.programs.map((program) => [program, join(builtDir(tool), program)] as const);
  return paths.every(([, path]) => existsSync(path))
    ? { from: "cache", paths: Object.fromEntries(paths) }
    : undefined;
}

function programsOnPath(tool: GoTool): Record<string, string> | undefined {
  if (tool.name === "pulumi-language-nodejs") {
    // The language host belongs to its CLI: it is taken from PATH only together with it.
    const pulumi = goTools.find(({ name }) => name === "pulumi");
    const found = pulumi && programsOnPath(pulumi)?.["pulumi"];
    return found ? { [tool.name]: languageHostOf(found) ?? "" } : undefined;
  }
  if (!tool.onPath) return undefined;
  const paths: Record<string, string> = {};
  for (const program of tool.programs) {
    const found = judge(program, tool.onPath.arguments, tool.onPath.range);
    if (!found.suitable) return undefined;
    if (program === "pulumi" && !languageHostOf(found.path)) return undefined;
    paths[program] = found.path;
  }
  return paths;
}

/** The language host that came with the CLI's release; where set-up built the CLI, a link is in its place. */
export function releasedHost(tool: GoTool): string | undefined {
  const cli = goTools.find(({ name }) => name === tool.releasedWith);
  const host = cli && join(builtDir(cli), tool.name);
  return host && existsSync(host) && !lstatSync(host).isSymbolicLink() ? host : undefined;
}

function languageHostOf(pulumi: string): string | undefined {
  const beside = join(dirname(pulumi), "pulumi-language-nodejs");
  return existsSync(beside) ? beside : findOnPath("pulumi-language-nodejs");
}

/** Every installed tool, by the name that other parts use. */
export function findTools(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const tool of goTools) Object.assign(found, findGoTool(tool)?.paths);
  for (const data of moduleData) {
    if (existsSync(dataDir(data))) found[data.name] = dataDir(data);
  }
  if (existsSync(motoPython())) found["moto-python"] = motoPython();
  const bin = findPostgres().bin;
  if (bin !== undefined) found["postgres-bin"] = bin;
  return found;
}

let known: Record<string, string> | undefined;

/** The path of a tool that set-up chose. Throws and names the tool if it is missing. */
export function toolPath(tool: string): string {
  known ??= readTools() ?? findTools();
  const path = known[tool];
  if (path === undefined || !existsSync(path)) {
    known = undefined;
    throw new Error(`sandbox: the tool "${tool}" is not installed; run "make setup"`);
  }
  return path;
}

function readTools(): Record<string, string> | undefined {
  try {
    const tools = JSON.parse(readFileSync(toolsFile, "utf8")) as Record<string, string>;
    return Object.values(tools).every((path) => existsSync(path)) ? tools : undefined;
  } catch {
    return undefined;
  }
}
