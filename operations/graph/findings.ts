import * as fs from "node:fs";
import { z } from "zod";
import type { Context } from "../base/context";
import { CommandError } from "../base/exit-codes";
import { stackSettings } from "../base/stack-settings";
import type { CheckResult } from "../verify";

const text = z.string();
const PRINTED = z.object({
  stack: text,
  results: z.array(
    z.object({
      ...{ id: text, group: text, title: text, seen: text, expected: text, remedy: text },
      state: z.enum(["ok", "warning", "failed", "skipped"]),
      milliseconds: z.number(),
    }),
  ),
});

/** Reads a file with the output of `access-plane verify --json`. Throws USAGE for other content. */
export function readVerifyResults(stack: string, file: string): CheckResult[] {
  let content: unknown;
  try {
    content = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    throw new CommandError("USAGE", `--verify ${file}: ${(error as Error).message}`);
  }
  const printed = PRINTED.safeParse(content);
  if (!printed.success) {
    throw new CommandError("USAGE", `--verify ${file}: is not what verify --json prints.`);
  }
  if (printed.data.stack !== stack) {
    throw new CommandError(
      "USAGE",
      `--verify ${file}: is about stack ${printed.data.stack}, must be ${stack}.`,
    );
  }
  return printed.data.results;
}

/** Results of `verify`, from a file or from a new run. */
export async function findings(
  stack: string,
  file: string | true,
  { cwd, env }: Pick<Context, "cwd" | "env">,
): Promise<CheckResult[]> {
  const now = async () => {
    const { verify } = await import("../verify");
    return verify(stackSettings(stack, cwd), { stack, cwd, env });
  };
  const results = file === true ? await now() : readVerifyResults(stack, file);
  if (results.length === 0) {
    throw new CommandError("USAGE", `--verify: there are no checks for stack ${stack}.`);
  }
  return results;
}
