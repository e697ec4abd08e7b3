import { stackFile } from "../base/stack-file";
import { Cancellation } from "../engine/cancellation";
import { engineCommand, type EngineOptions } from "../engine/engine-stack";

/** Makes a stack unless it is there; returns whether it was made. Selects nothing. */
export async function initStack(
  stack: string,
  { cwd, env }: Pick<EngineOptions, "cwd" | "env">,
  secretsProvider?: string,
): Promise<boolean> {
  stackFile(stack, cwd);
  const options = { cwd, env, cancellation: new Cancellation() };
  const listed = JSON.parse(await engineCommand(["stack", "ls", "--json"], options)) as {
    name: string;
  }[];
  if (listed.some(({ name }) => name.split("/").at(-1) === stack)) return false;
  const provider = secretsProvider === undefined ? [] : ["--secrets-provider", secretsProvider];
  await engineCommand(["stack", "init", stack, "--no-select", ...provider], options);
  return true;
}
