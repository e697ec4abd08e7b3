import { build } from "esbuild";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { providers, type ProviderName } from "./catalogue.ts";
import { removeTree, writeWhole } from "./install.ts";
import { checkout, pulumiHome } from "./paths.ts";

const names = Object.keys(providers) as ProviderName[];

/** Where the CLI looks for a plugin of exactly the version that the npm package asks for. */
export function pluginDir(name: ProviderName): string {
  return join(pulumiHome, "plugins", `resource-${name}-v${providers[name]}`);
}

const executable = (name: ProviderName) => join(pluginDir(name), `pulumi-resource-${name}`);

/** Whether a stand-in stands where the plugin is looked for. */
export function standsIn(name: ProviderName): boolean {
  if (!existsSync(executable(name))) return false;
  return readFileSync(executable(name)).subarray(0, 2).toString() === "#!";
}

export function isOfficial(name: ProviderName): boolean {
  return existsSync(executable(name)) && !standsIn(name);
}

export async function removePlugin(name: ProviderName): Promise<void> {
  await removeTree(pluginDir(name));
  for (const suffix of [".lock", ".partial"]) await removeTree(pluginDir(name) + suffix);
}

/** The script that the CLI starts in place of a vendor's plugin. */
export function standInScript(node: string, main: string): string {
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  return `#!/bin/sh\nexec ${quote(node)} ${quote(main)} "$@"\n`;
}

/** Put a stand-in in the place of every provider plugin. */
export async function installStandIns(): Promise<void> {
  for (const name of names) {
    if (isOfficial(name)) await removePlugin(name);
    await installStandIn(name, pluginDir(name));
  }
}

/** Put the stand-in of a plugin into a folder where the CLI looks for it. */
export async function installStandIn(name: ProviderName, directory: string): Promise<void> {
  const main = join(directory, "main.mjs");
  await writeIfOther(main, await bundle(name));
  const script = standInScript(process.execPath, main);
  await writeIfOther(join(directory, `pulumi-resource-${name}`), script, 0o755);
}

/**
 * A stand-in as one file: every engine run starts all four, and loading a thousand modules and
 * stripping types took each of them up to ten times as long.
 */
async function bundle(name: ProviderName): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(checkout, "sandbox", "src", "providers", name, "main.ts")],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node22",
    keepNames: true,
    logLevel: "silent",
    // Packages written for `require` find it here.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`the stand-in of ${name} could not be bundled`);
  return file.text;
}

async function writeIfOther(file: string, text: string, mode?: number): Promise<void> {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  await writeWhole(file, text, mode);
}
