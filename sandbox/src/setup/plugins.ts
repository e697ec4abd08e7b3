import { build } from "esbuild";
import { closeSync, existsSync, lstatSync, openSync, readFileSync, readSync } from "node:fs";
import { mkdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { builtPlugin, providers, type ProviderName } from "./catalogue.ts";
import { installLink, removeTree, writeWhole } from "./install.ts";
import { checkout, pulumiHome } from "./paths.ts";
import { builtDir } from "./tools.ts";

/** The plugins that are played, because neither binary nor module of theirs can be had everywhere. */
export type StandInName = Exclude<ProviderName, "kubernetes">;

const standIns = (Object.keys(providers) as ProviderName[]).filter(
  (name): name is StandInName => name !== "kubernetes",
);

/** Where the CLI looks for a plugin of exactly the version that the npm package asks for. */
export function pluginDir(name: ProviderName): string {
  return join(pulumiHome, "plugins", `resource-${name}-v${providers[name]}`);
}

const executable = (name: ProviderName) => join(pluginDir(name), `pulumi-resource-${name}`);

/** Whether set-up put something of its own where the plugin is looked for: a script, or a link to its build. */
export function isOurs(name: ProviderName): boolean {
  const file = executable(name);
  if (!existsSync(file)) return false;
  return lstatSync(file).isSymbolicLink() || beginningOf(file, 2) === "#!";
}

/** Whether the vendor's own build of the plugin stands ready. */
export function isOfficial(name: ProviderName): boolean {
  return existsSync(executable(name)) && !isOurs(name);
}

function beginningOf(file: string, length: number): string {
  const open = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(length);
    readSync(open, bytes, 0, length, 0);
    return bytes.toString("latin1");
  } finally {
    closeSync(open);
  }
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

/** Put what set-up built or plays in the place of every provider plugin. */
export async function installOurs(): Promise<void> {
  await installBuiltPlugin();
  for (const name of standIns) {
    if (isOfficial(name)) await removePlugin(name);
    await installStandIn(name, pluginDir(name));
  }
}

/** Link the Kubernetes plugin to its build in the cache; it finds its schema there. */
async function installBuiltPlugin(): Promise<void> {
  const target = join(builtDir(builtPlugin), builtPlugin.name);
  const link = executable("kubernetes");
  if (existsSync(link) && isOurs("kubernetes")) {
    const now = await readlink(link).catch(() => undefined);
    if (now === target) return;
  }
  await removePlugin("kubernetes");
  await mkdir(pluginDir("kubernetes"), { recursive: true });
  await installLink(target, link);
}

/** Put the stand-in of a plugin into a folder where the CLI looks for it. */
export async function installStandIn(name: StandInName, directory: string): Promise<void> {
  const main = join(directory, "main.mjs");
  await writeIfOther(main, await bundle(name));
  const script = standInScript(process.execPath, main);
  await writeIfOther(join(directory, `pulumi-resource-${name}`), script, 0o755);
}

/**
 * A stand-in as one file: every engine run starts all three, and loading a thousand modules and
 * stripping types took each of them up to ten times as long.
 */
async function bundle(name: StandInName): Promise<string> {
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
