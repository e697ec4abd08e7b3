import { Cancellation } from "../engine/cancellation";
import { engineJson, type EngineOptions } from "../engine/engine-stack";

/** Outputs of stacks by name, with secrets masked. */
export async function readOutputs(
  stacks: readonly string[],
  { cwd, env }: Pick<EngineOptions, "cwd" | "env">,
): Promise<Record<string, Record<string, unknown>>> {
  const options = { cwd, env, cancellation: new Cancellation() };
  const outputs: Record<string, Record<string, unknown>> = {};
  for (const stack of stacks) {
    outputs[stack] = await engineJson(["stack", "output", "--json", "--stack", stack], options);
  }
  return outputs;
}
