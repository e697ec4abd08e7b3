import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { chmod, copyFile, cp, readdir, symlink } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { goTools, type GoTool, type ModuleData } from "./catalogue.ts";
import { judge } from "./find-on-path.ts";
import { availableMemoryMiB } from "./machine.ts";
import { installFolder, installLink, removeTree, writeWhole } from "./install.ts";
import { cacheDir, toolchainDir } from "./paths.ts";
import { ask, runCommand } from "./run-command.ts";
import { builtDir, dataDir, releasedHost } from "./tools.ts";

export const goAdvice =
  "Go 1.26 or later is needed to build the sandbox's programs (any 1.21 or later that may fetch its own " +
  "toolchain will do). Install it from your distribution or the Go project, then run the command again.";

/** Why Go cannot be used here, or undefined when it can. */
export function whyNoGo(): string | undefined {
  const found = judge("go", ["version"], { atLeast: "1.21" });
  if (!found.suitable) return `go: ${found.why}. ${goAdvice}`;
  const [major, minor] = found.version;
  const current = major > 1 || minor >= 26;
  if (!current && ask("go", ["env", "GOTOOLCHAIN"])?.trim() === "local") {
    return `go: is ${found.version.join(".")} and GOTOOLCHAIN is "local". ${goAdvice}`;
  }
  return undefined;
}

const roomyMiB = 6000;

export interface GoCaches {
  env: NodeJS.ProcessEnv;
  /** The machine's own caches, which stay; else a folder to be removed after the last build. */
  temporary?: string;
}

/**
 * Folders for compiled packages and modules: the machine's own caches on CI or if they already have these modules,
 * otherwise a temporary folder, so that only the binaries stay.
 */
export function goCaches(): GoCaches {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    CGO_ENABLED: "0",
    GOFLAGS: "",
    GOWORK: "off",
    // The compiler collects garbage less often. This takes free memory and saves a tenth of the work.
    ...(availableMemoryMiB() > roomyMiB ? { GOGC: "400" } : {}),
  };
  const choice = process.env["SANDBOX_GO_CACHE"] ?? (process.env["CI"] ? "machine" : "auto");
  const modules = ask("go", ["env", "GOMODCACHE"])?.trim() ?? "";
  const warm = modules !== "" && existsSync(join(modules, "go.etcd.io", "etcd"));
  if (choice === "machine" || (choice === "auto" && warm)) return { env };
  const temporary = join(cacheDir(), "build");
  const [GOCACHE, GOMODCACHE] = [join(temporary, "cache"), join(temporary, "modules")];
  return { env: { ...env, GOCACHE, GOMODCACHE, GOFLAGS: "-modcacherw" }, temporary };
}

export async function removeGoCaches(caches: GoCaches): Promise<void> {
  if (caches.temporary !== undefined) await removeTree(caches.temporary);
}

/** Fetches a tool's modules and counts its packages, for the progress of the compilation. */
export async function countPackages(tool: GoTool, caches: GoCaches): Promise<number> {
  const list = await runCommand("go", ["list", "-deps", tool.package], {
    cwd: join(toolchainDir, tool.name),
    env: caches.env,
  });
  return list.split("\n").length - 1;
}

/** Compile one tool and put it into the cache, complete or not at all. */
export async function buildGoTool(
  tool: GoTool,
  caches: GoCaches,
  onPackage: (name: string) => void,
): Promise<void> {
  const stamps = Object.entries(tool.stamp).map(([name, value]) => `-X ${name}=${value}`);
  await installFolder(builtDir(tool), async (folder) => {
    const output = join(folder, tool.name);
    const flags = ["-trimpath", "-buildvcs=false", "-mod=readonly", "-v"];
    // Without debug information, which takes a fourteenth of the work and would be stripped.
    const compile = "all=-dwarf=false";
    const link = ["-s", "-w", ...stamps].join(" ");
    await runCommand(
      "go",
      ["build", ...flags, "-gcflags", compile, "-ldflags", link, "-o", output, tool.package],
      {
        cwd: join(toolchainDir, tool.name),
        env: caches.env,
        onErrorLine: onPackage,
      },
    );
    for (const program of tool.programs) {
      if (program !== tool.name) await symlink(tool.name, join(folder, program));
    }
    if (tool.beside !== undefined) await copyBeside(tool, tool.beside, folder, caches);
  });
}

async function copyBeside(
  tool: GoTool,
  { module, file }: NonNullable<GoTool["beside"]>,
  folder: string,
  caches: GoCaches,
): Promise<void> {
  const source = await runCommand("go", ["list", "-m", "-f", "{{.Dir}}", module], {
    cwd: join(toolchainDir, tool.name),
    env: caches.env,
  });
  const copy = join(folder, basename(file));
  await copyFile(join(source.trim(), file), copy);
  // Files of modules are read-only.
  await chmod(copy, 0o644);
}

/**
 * Starts a language host with the option of Pulumi.yaml that the program sets. The host that set-up builds reads options
 * from its command line, and the CLI sends them in requests: the host would load the TypeScript compiler for every run.
 * `host` is the path from the folder of the script, or of a link to it.
 */
export function hostScript(host: string): string {
  return [
    "#!/bin/sh",
    "if grep -qs '^ *typescript: false' Pulumi.yaml; then set -- -typescript=false \"$@\"; fi",
    `exec "\${0%/*}/${host}" "$@"`,
    "",
  ].join("\n");
}

/**
 * Puts the language host beside the CLI that set-up built, as in a release. If the CLI found it on PATH, it would
 * warn at every command.
 */
export async function joinLanguageHost(): Promise<void> {
  const [cli, host] = ["pulumi", "pulumi-language-nodejs"].map((name) =>
    goTools.find((tool) => tool.name === name),
  );
  if (!cli || !host || !existsSync(builtDir(cli))) return;
  const link = join(builtDir(cli), host.name);
  const built = join(builtDir(host), host.name);
  if (!existsSync(built) || releasedHost(host) !== undefined) return;
  const script = `${built}-with-options`;
  const text = hostScript(relative(builtDir(cli), built));
  if (!existsSync(script) || readFileSync(script, "utf8") !== text) {
    await writeWhole(script, text, 0o755);
  }
  const target = relative(builtDir(cli), script);
  if (existsSync(link) && readlinkSync(link) === target) return;
  await installLink(target, link);
}

/** Copy the files of a module that the sandbox reads; go.sum verifies them. */
export async function copyModuleData(data: ModuleData, caches: GoCaches): Promise<void> {
  const cwd = join(toolchainDir, data.pinnedBy);
  checkPin(data, readFileSync(join(cwd, "go.mod"), "utf8"));
  const answer = await runCommand("go", ["mod", "download", "-json", data.module], {
    cwd,
    env: caches.env,
  });
  const { Dir: folder } = JSON.parse(answer) as { Dir: string };
  await installFolder(dataDir(data), async (target) => {
    await cp(join(folder, data.folder), target, { recursive: true });
    // Modules are read-only, so the cache could not be removed.
    for (const entry of await readdir(target, { recursive: true, withFileTypes: true })) {
      const mode = entry.isDirectory() ? 0o755 : 0o644;
      await chmod(join(entry.parentPath, entry.name), mode);
    }
  });
}

function checkPin(data: ModuleData, goMod: string): void {
  if (!goMod.includes(`${data.module} v${data.version}`)) {
    throw new Error(
      `setup: ${data.module} ${data.version} is not what sandbox/toolchain/${data.pinnedBy}/go.mod pins`,
    );
  }
}
