import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { ended } from "./ended";

/** The shell blocks under a document's heading, without the indentation of lists. */
export function shellBlocks(file: string, heading: string): string[] {
  const [, section] = fs.readFileSync(file, "utf8").split(`\n## ${heading}\n`);
  if (section === undefined) throw new Error(`${file} has no heading "${heading}"`);
  const [own = ""] = section.split("\n## ");
  return [...own.matchAll(/^( *)```sh\n(.*?)^\1```/gms)].map(([, indent = "", code = ""]) =>
    code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  );
}

/** The only block with this text, with the document's names replaced. Throws if a name does not occur. */
export function filledIn(
  blocks: readonly string[],
  text: string,
  names: Readonly<Record<string, string>> = {},
): string {
  const found = blocks.filter((block) => block.includes(text));
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new Error(`${String(found.length)} blocks have "${text}"`);
  }
  return Object.entries(names).reduce((block, [theirs, own]) => {
    if (!block.includes(theirs)) throw new Error(`no "${theirs}" in:\n${block}`);
    return block.replaceAll(theirs, own);
  }, only);
}

/** Runs commands in Bash with `input` as stdin, and resolves to their output. Throws if one fails. */
export async function bash(
  commands: string,
  { cwd, env, input = "" }: { cwd: string; env: NodeJS.ProcessEnv; input?: string },
): Promise<string> {
  const shell = spawn("bash", ["-eo", "pipefail", "-c", commands], { cwd, env });
  shell.stdin.end(input);
  const { code, output } = await ended(shell);
  if (code !== 0) throw new Error(`${commands}\nended with ${String(code)}:\n${output}`);
  return output;
}
