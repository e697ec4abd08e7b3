import { checkConfig, problemText } from "../../settings/load";
import type { Settings } from "../../settings/schema";
import { CommandError } from "./exit-codes";
import { stackDocument, stackFile } from "./stack-file";

/** A stack's settings, checked like in the program. Throws all problems at once. */
export const stackSettings = (stack: string, cwd: string, configFile?: string): Settings =>
  fileSettings(stackFile(stack, cwd, configFile), cwd, stack);

/** The settings in a stack file. The stack may have no name. Throws all problems at once. */
export function fileSettings(file: string, cwd: string, stack = ""): Settings {
  const { settings, problems } = checkConfig(stackDocument(file, cwd), cwd);
  if (settings === undefined) throw new CommandError("SETTINGS", problemText(problems, stack));
  return settings;
}
