import type { Settings } from "../../settings/schema";
import { CommandError } from "../base/exit-codes";
import type { CheckResult } from "../verify";
import type { Reporter } from "./reporter";

/** Finds everything that can be known to fail before the deployment changes anything. */
export type Preflight = (stack: string, settings: Settings) => Promise<CheckResult[]>;

/** Runs the checks before a deployment. Throws PREFLIGHT with all that failed. */
export async function runPreflight(
  stack: string,
  settings: Settings,
  options: { preflight?: Preflight; reporter: Reporter; ignored?: readonly string[] },
): Promise<void> {
  const { preflight, reporter, ignored = [] } = options;
  if (preflight === undefined) return;
  reporter.begin(stack, "checking what the deployment needs");
  const results = await preflight(stack, settings)
    .catch((error: unknown) => {
      throw new CommandError("PREFLIGHT", `the checks cannot run: ${(error as Error).message}`);
    })
    .finally(() => reporter.end(stack));
  const tolerated = ({ id, group }: CheckResult) => ignored.includes(id) || ignored.includes(group);
  for (const result of results) {
    const { id, state, seen } = result;
    if (state === "warning" || (state === "failed" && tolerated(result))) {
      reporter.note(stack, `${id}: ${seen}`, "warning");
    }
  }
  const failed = results.filter((result) => result.state === "failed" && !tolerated(result));
  if (failed.length === 0) return;
  const lines = failed.map(({ id, seen, remedy }) => `  ${id}: ${seen}\n      ${remedy}`);
  throw new CommandError(
    "PREFLIGHT",
    `${failed.length} of ${results.length} checks failed; nothing was touched:\n${lines.join("\n")}`,
  );
}
