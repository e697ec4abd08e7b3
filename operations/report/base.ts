import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { redactText } from "../base/redact";
import { CommandError } from "../base/exit-codes";
import { temporaryFolder } from "../engine/temporary-folder";
import type { PlannedResource } from "../plan/plan-stack";
import { stackNames } from "../base/stack-file";

const run = promisify(execFile);

/** Program and settings to compare a change with. */
export interface Base {
  /** Folder with the program. */
  cwd: string;
  /** Name in the report. */
  label: string;
}

/** Last line of a failed command's output, without secrets. */
function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  const text = (stderr === undefined || stderr.trim() === "" ? message : stderr) ?? String(error);
  return redactText(text.trim());
}

/**
 * Opens a base and closes it afterwards: a folder, or a Git revision that is checked out into a temporary
 * folder and uses the packages of `cwd`. Throws if it is neither, and names the flag.
 */
export async function withBase<T>(
  where: string,
  cwd: string,
  use: (base: Base) => Promise<T>,
  flag = "--base",
): Promise<T> {
  const folder = path.resolve(where);
  if (fs.existsSync(path.join(folder, "Pulumi.yaml"))) {
    return use({ cwd: folder, label: path.basename(folder) });
  }
  if (where.startsWith("-")) {
    throw new CommandError("USAGE", `${flag} is "${where}", must be a Git revision or a folder.`);
  }
  const parse = async (...args: string[]) =>
    (await run("git", ["-C", cwd, "rev-parse", ...args])).stdout.trim();
  const temporary = temporaryFolder();
  try {
    const revision = ["--verify", "--quiet", "--end-of-options", `${where}^{commit}`];
    const commit = await parse(...revision).catch((error: unknown) => {
      throw new CommandError(
        "USAGE",
        `${flag} is "${where}", which is neither a folder with a Pulumi.yaml nor a Git revision ` +
          "here; in a pipeline, fetch it first (actions/checkout: fetch-depth: 0).",
        { cause: error },
      );
    });
    const archive = path.join(temporary.path, "base.tar");
    const tree = path.join(temporary.path, "tree");
    fs.mkdirSync(tree);
    // The whole checkout: a project in one of its folders imports the program from above.
    const [root, prefix] = [await parse("--show-toplevel"), await parse("--show-prefix")];
    await run("git", ["-C", root, "archive", "--format=tar", "-o", archive, commit]);
    await run("tar", ["-xf", archive, "-C", tree]);
    const modules = path.join(root, "node_modules");
    if (fs.existsSync(modules)) fs.symlinkSync(modules, path.join(tree, "node_modules"));
    return await use({
      cwd: path.resolve(tree, prefix),
      label: `${where} (${commit.slice(0, 12)})`,
    });
  } finally {
    temporary.remove();
  }
}

/** The command line of a checkout, found from a project folder in it. Undefined if there is none. */
function commandLine(cwd: string): string | undefined {
  for (let folder = cwd; ; folder = path.dirname(folder)) {
    const file = path.join(folder, "bin/access-plane");
    if (fs.existsSync(file)) return file;
    if (folder === path.dirname(folder)) return undefined;
  }
}

/** A plan, with the program's warnings. */
export interface WarnedPlan {
  plan: PlannedResource[];
  warnings: string[];
}

/**
 * Plan of a stack, from the command line of the checkout in a folder, in its own process. Undefined if the
 * folder has no such stack. Throws the program's errors.
 */
export async function planOf(stack: string, cwd: string): Promise<WarnedPlan | undefined> {
  if (!stackNames(cwd).includes(stack)) return undefined;
  const program = commandLine(cwd);
  if (program === undefined) {
    throw new CommandError("USAGE", `${cwd} has no bin/access-plane: it is too old to be planned.`);
  }
  const command = [program, "-C", cwd, "plan", "--stack", stack, "--json"];
  try {
    const { stdout, stderr } = await run(process.execPath, command, {
      cwd,
      maxBuffer: 512 * 1024 * 1024,
    });
    const warnings = [...stderr.matchAll(/^warning: (?:\[runtime\] )?(.+)$/gm)];
    return {
      plan: JSON.parse(stdout.slice(stdout.indexOf("["))) as PlannedResource[],
      warnings: warnings.map(([, text]) => redactText(text ?? "")),
    };
  } catch (error) {
    throw new CommandError("SETTINGS", lastLine(error).replace(/^access-plane: /m, ""), {
      cause: error,
    });
  }
}
