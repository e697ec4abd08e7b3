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
  return `#!/bin/sh\nexec ${quote(node)} --disable-warning=ExperimentalWarning ${quote(main)} "$@"\n`;
}

/** Put a stand-in in the place of every provider plugin. */
export async function installStandIns(): Promise<void> {
  for (const name of names) {
    if (isOfficial(name)) await removePlugin(name);
    const main = join(checkout, "sandbox", "src", "providers", name, "main.ts");
    const script = standInScript(process.execPath, main);
    if (existsSync(executable(name)) && readFileSync(executable(name), "utf8") === script) continue;
    await writeWhole(executable(name), script, 0o755);
  }
}
