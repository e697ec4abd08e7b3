import { build } from "esbuild";
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
} from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { builtPlugin, providers, type ProviderName } from "./catalogue.ts";
import { installRelease } from "./download.ts";
import { installLink, removeTree, writeWhole } from "./install.ts";
import { setupLock, withLock } from "./lock.ts";
import { checkout, pulumiHome } from "./paths.ts";
import { pluginRelease } from "./releases.ts";
import { builtDir } from "./tools.ts";

/** Plugins with a stand-in, because neither their binaries nor their modules are available everywhere. */
export type StandInName = Exclude<ProviderName, "kubernetes">;

const standIns = (Object.keys(providers) as ProviderName[]).filter(
  (name): name is StandInName => name !== "kubernetes",
);

/** Where the CLI looks for a plugin of exactly the version that the npm package asks for. */
export function pluginDir(name: ProviderName): string {
  return join(pulumiHome, "plugins", `resource-${name}-v${providers[name]}`);
}

const executable = (name: ProviderName) => join(pluginDir(name), `pulumi-resource-${name}`);

const builtProgram = () => join(builtDir(builtPlugin), builtPlugin.name);

/** Whether the vendor's own build of the plugin is installed, and not a stand-in or a link to a build of set-up. */
function isOfficial(name: ProviderName): boolean {
  const file = executable(name);
  if (!existsSync(file)) return false;
  return linkedTo(file) !== builtProgram() && beginningOf(file, 2) !== "#!";
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

async function removePlugin(name: ProviderName): Promise<void> {
  await removeTree(pluginDir(name));
  for (const suffix of [".lock", ".partial"]) await removeTree(pluginDir(name) + suffix);
}

/** The script that the CLI starts in place of a vendor's plugin; V8 keeps what it compiled in the folder. */
export function standInScript(node: string, main: string, compiled: string): string {
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const start = `NODE_COMPILE_CACHE=${quote(compiled)} exec ${quote(node)} ${quote(main)} "$@"`;
  return `#!/bin/sh\n${start}\n`;
}

/** Installs the vendor's build of a plugin, unless it is there. Checkouts share the download. */
export async function installOfficial(
  name: ProviderName,
  report: (line: string) => void,
): Promise<void> {
  const release = pluginRelease(name);
  if (isOfficial(name)) return;
  if (release === undefined) throw new Error(`there is no release for ${process.arch}`);
  const tool = { name: `pulumi-resource-${name}`, version: providers[name] };
  const program = join(builtDir(tool), tool.name);
  if (!existsSync(program)) {
    report(`provider ${name} ${tool.version}: the official plugin`);
    await withLock(
      setupLock(),
      () => undefined,
      () => installRelease(release, builtDir(tool), report),
    );
  }
  await linkPlugin(name, program);
}

/** Installs a built plugin or a stand-in for every provider plugin. */
export async function installOurs(): Promise<void> {
  await linkPlugin("kubernetes", builtProgram());
  for (const name of standIns) {
    if (isOfficial(name)) await removePlugin(name);
    await installStandIn(name, pluginDir(name));
  }
}

/** The CLI finds a plugin in the cache by a link; the Kubernetes plugin finds its schema there. */
async function linkPlugin(name: ProviderName, program: string): Promise<void> {
  const link = executable(name);
  if (linkedTo(link) === program) return;
  await removePlugin(name);
  await mkdir(pluginDir(name), { recursive: true });
  await installLink(program, link);
}

function linkedTo(file: string): string | undefined {
  return existsSync(file) && lstatSync(file).isSymbolicLink() ? readlinkSync(file) : undefined;
}

/** Put the stand-in of a plugin into a folder where the CLI looks for it. */
export async function installStandIn(name: StandInName, directory: string): Promise<void> {
  const main = join(directory, "main.mjs");
  const modules = await bundle(name);
  for (const [file, text] of modules) await writeIfOther(join(directory, file), text);
  const script = standInScript(process.execPath, main, join(directory, "compiled"));
  await writeIfOther(join(directory, `pulumi-resource-${name}`), script, 0o755);
  const earlier = readdirSync(directory).filter(
    (file) => /\.mjs$/.test(file) && !modules.has(file),
  );
  for (const file of earlier) await removeTree(join(directory, file));
}

/**
 * A stand-in as a few files by name: `main.mjs` and what it loads when it is configured. Every engine run starts all
 * three. To load a thousand modules and strip their types took up to ten times as long.
 */
async function bundle(name: StandInName): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    entryPoints: [join(checkout, "sandbox", "src", "providers", name, "main.ts")],
    outdir: "/",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node22",
    // The modules of a package, of which esbuild leaves out what is not used: most of EC2's client.
    mainFields: ["module", "main"],
    keepNames: true,
    logLevel: "silent",
    // Packages written for `require` find it here.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  return new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
}

async function writeIfOther(file: string, text: string, mode?: number): Promise<void> {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  await writeWhole(file, text, mode);
}
