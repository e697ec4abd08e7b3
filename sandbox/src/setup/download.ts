import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, mkdtemp, rename } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { GoTool } from "./catalogue.ts";
import { findOnPath } from "./find-on-path.ts";
import { installFolder, removeTree } from "./install.ts";
import { releaseOf, vendors, type Published, type Release, type ReleasePart } from "./releases.ts";
import { runCommand } from "./run-command.ts";
import type { ToolsChoice } from "./choices.ts";

/** Timeout for a vendor's answer, in seconds. */
const probeSeconds = 5;
/** A transfer that is slower than this for so long is stopped. */
const slowest = { bytesPerSecond: 20_000, seconds: 30 };

/**
 * Address of a published file. A mirror (`SANDBOX_MIRROR`) serves it below the vendor's host name, as
 * `wget --force-directories` lays files out.
 */
export function addressOf(file: Published, mirror = process.env["SANDBOX_MIRROR"]): string {
  const address = `${vendors[file.vendor]}/${file.path}`;
  return mirror ? `${mirror.replace(/\/+$/, "")}/${address.replace(/^https:\/\//, "")}` : address;
}

/** Why a release is not available, in one line. Undefined if the vendor has it. Takes seconds. */
export function whyOutOfReach(release: Release): Promise<string | undefined> {
  const [first] = release.parts;
  return first === undefined
    ? Promise.resolve("it is empty")
    : whyNoAnswer(addressOf(first.checksums));
}

/** Why an address does not answer within seconds, in one line; undefined when it does. */
export async function whyNoAnswer(address: string): Promise<string | undefined> {
  if (findOnPath("curl") === undefined) return "curl is not on PATH";
  try {
    await curl([address, "--head", "--max-time", String(probeSeconds)]);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** The releases to use instead of builds, by tool. Asks each vendor, which takes a few seconds. */
export async function releasesFor(
  tools: readonly GoTool[],
  choice: ToolsChoice,
  report: (line: string) => void,
): Promise<Map<string, Release>> {
  const found = new Map<string, Release>();
  if (choice === "source") return found;
  const lacking: string[] = [];
  await Promise.all(
    tools.map(async (tool) => {
      const release = releaseOf(tool);
      if (release === undefined) return;
      const why = choice === "download" ? undefined : await whyOutOfReach(release);
      if (why === undefined) found.set(tool.name, release);
      else lacking.push(`  ${tool.name}: ${why}`);
    }),
  );
  if (lacking.length > 0) {
    report("These vendors' releases cannot be reached, so set-up compiles the programs:");
    lacking.sort().forEach(report);
  }
  return found;
}

/** Download a release into `target`, which appears complete and checked or not at all. */
export async function installRelease(
  release: Release,
  target: string,
  report: (note: string) => void,
): Promise<void> {
  await installFolder(target, async (folder) => {
    const scratch = await mkdtemp(join(folder, ".download-"));
    for (const part of release.parts) {
      const file = join(scratch, basename(part.file.path));
      report(`downloading ${basename(part.file.path)}`);
      const published = await checksumOf(part);
      await curl([
        addressOf(part.file),
        ...["--output", file, "--retry", "2"],
        ...["--speed-limit", String(slowest.bytesPerSecond)],
        ...["--speed-time", String(slowest.seconds)],
      ]);
      await verify(file, published, addressOf(part.checksums));
      await unpack(part, file, scratch, folder);
    }
    await removeTree(scratch);
  });
}

/**
 * Installs a release. If it is not available or its checksum is wrong, the answer says to compile it instead. With
 * `SANDBOX_TOOLS=download` that is an error.
 */
export async function takeRelease(
  what: { title: string; release: Release; target: string; choice: ToolsChoice },
  report: (note: string) => void,
  compile: (report: (note: string) => void) => Promise<void>,
): Promise<string | undefined> {
  try {
    await installRelease(what.release, what.target, report);
    return undefined;
  } catch (error) {
    const why = `${what.title}: the vendor's release was not used (${reasonOf(error)})`;
    if (what.choice === "download") {
      throw new Error(`${why}. With SANDBOX_TOOLS=auto it is compiled instead.`, { cause: error });
    }
    await compile((note) => report(`the release was not used, compiling: ${note}`));
    return `${why}; it was compiled.`;
  }
}

/** The first line of an error. */
export function reasonOf(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split("\n");
  return (lines.find((line) => line.startsWith("curl: ")) ?? lines[0] ?? "").trim();
}

function curl(args: string[]): Promise<string> {
  const always = ["--fail", "--location", "--silent", "--show-error", "--connect-timeout", "5"];
  return runCommand("curl", [...always, ...args]);
}

async function checksumOf(part: ReleasePart): Promise<string> {
  const text = await curl([addressOf(part.checksums), "--max-time", "60"]);
  const name = basename(part.file.path);
  const found = findChecksum(text, name);
  if (found === undefined) {
    throw new Error(`${addressOf(part.checksums)} has no checksum of ${name}`);
  }
  return found;
}

const checksum = /^[0-9a-f]{40}$|^[0-9a-f]{64}$|^[0-9a-f]{128}$/i;

/**
 * The checksum of a file in what vendors publish: lines of `sha256sum` and `shasum`, a bare checksum, or
 * GitHub's description of a release.
 */
export function findChecksum(text: string, name: string): string | undefined {
  if (text.trimStart().startsWith("{")) {
    const { assets = [] } = JSON.parse(text) as { assets?: { name: string; digest?: string }[] };
    const digest = assets.find((asset) => asset.name === name)?.digest;
    return digest?.replace(/^sha256:/, "").toLowerCase();
  }
  const lines = text.split("\n").map((line) => line.trim().split(/\s+/));
  const named = lines.find(([, file = ""]) => basename(file.replace(/^\*/, "")) === name);
  const bare = lines.find((words) => words.length === 1);
  const [sum = ""] = named ?? bare ?? [];
  return checksum.test(sum) ? sum.toLowerCase() : undefined;
}

async function verify(file: string, published: string, where: string): Promise<void> {
  const hash = createHash(
    { 40: "sha1", 64: "sha256", 128: "sha512" }[published.length] ?? "sha256",
  );
  await pipeline(createReadStream(file), hash);
  const found = hash.digest("hex");
  if (found !== published) {
    throw new Error(`${basename(file)} has checksum ${found}, ${where} says ${published}`);
  }
}

async function unpack(part: ReleasePart, file: string, scratch: string, folder: string) {
  const from = join(scratch, "unpacked");
  await mkdir(from, { recursive: true });
  const members = Object.values(part.programs);
  if (part.packed === "tar.gz") await runCommand("tar", ["-xzf", file, "-C", from, ...members]);
  if (part.packed === "zip") await runCommand("python3", ["-m", "zipfile", "-e", file, from]);
  for (const [program, member] of Object.entries(part.programs)) {
    await rename(part.packed === undefined ? file : join(from, member), join(folder, program));
    await chmod(join(folder, program), 0o755);
  }
}
