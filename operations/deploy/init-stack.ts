import { stackFile } from "../base/stack-file";
import { Cancellation } from "../engine/cancellation";
import { engineCommand, listStacks, type EngineOptions } from "../engine/engine-stack";

/** Creates a stack if it does not exist, without selecting it. Returns true if it was created. */
export async function initStack(
  stack: string,
  { cwd, env }: Pick<EngineOptions, "cwd" | "env">,
  secretsProvider?: string,
): Promise<boolean> {
  stackFile(stack, cwd);
  const options = { cwd, env, cancellation: new Cancellation() };
  if ((await listStacks(options)).some(({ name }) => name === stack)) return false;
  const provider = secretsProvider === undefined ? [] : ["--secrets-provider", secretsProvider];
  await engineCommand(["stack", "init", stack, "--no-select", ...provider], options);
  return true;
}
