import { parseSettings, problemText, readConfig } from "../../settings/load";
import type { Settings } from "../../settings/schema";
import { CommandError } from "./exit-codes";
import { stackConfig } from "./stack-file";

/** A stack's settings, checked like the program checks them. Throws all problems at once. */
export function stackSettings(stack: string, cwd: string, configFile?: string): Settings {
  const config = readConfig(stackConfig(stack, cwd, configFile));
  const parsed = parseSettings(config.raw, cwd);
  const problems = [...config.problems, ...(parsed.problems ?? [])];
  if (parsed.settings === undefined || problems.length > 0) {
    throw new CommandError("SETTINGS", problemText(problems, stack));
  }
  return parsed.settings;
}
