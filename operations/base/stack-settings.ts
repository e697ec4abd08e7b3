import { checkConfig, problemText } from "../../settings/load";
import type { Settings } from "../../settings/schema";
import { CommandError } from "./exit-codes";
import { stackDocument, stackFile } from "./stack-file";

/** A stack's settings, checked as the program checks them. Throws all problems at once. */
export function stackSettings(stack: string, cwd: string, configFile?: string): Settings {
  const document = stackDocument(stackFile(stack, cwd, configFile), cwd);
  const { settings, problems } = checkConfig(document, cwd);
  if (settings === undefined) throw new CommandError("SETTINGS", problemText(problems, stack));
  return settings;
}
