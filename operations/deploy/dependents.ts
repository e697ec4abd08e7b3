import { stackNames } from "../base/stack-file";
import { CommandError } from "../base/exit-codes";
import { listStacks, type EngineOptions } from "../engine/engine-stack";
import { planeOf } from "./stack-order";

/**
 * Throws PROTECTED if stacks of this plane are still deployed and the same command does not destroy them
 * too. Without their plane, their objects hang in deletion.
 */
export async function refuseDependents(
  plane: string,
  { together = [], ...options }: EngineOptions & { together?: readonly string[] },
): Promise<void> {
  const { cwd } = options;
  const named = stackNames(cwd).filter(
    (name) => planeOf(name, cwd) === plane && !together.includes(name),
  );
  if (named.length === 0) return;
  const listed = await listStacks(options);
  const deployed = named.filter((name) =>
    listed.some((one) => one.name === name && one.resourceCount > 0),
  );
  if (deployed.length === 0) return;
  const all = [...deployed, ...together.filter((name) => name !== plane), plane].join(",");
  throw new CommandError(
    "PROTECTED",
    `refused; nothing was touched: ${deployed.join(", ")} still deployed, and ` +
      `${deployed.length === 1 ? "it belongs" : "they belong"} to plane ${plane}. ` +
      `Destroy them together: bin/access-plane destroy --stacks '${all}'`,
  );
}
