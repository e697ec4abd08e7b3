import * as fs from "node:fs";
import * as path from "node:path";
import { problemText, readConfig } from "../../settings/load";
import { parseSettings } from "../../settings/parse";
import { accessOf, type AccessModel } from "../../teleport/access";
import { CommandError } from "../base/exit-codes";
import { fileConfig, stackConfig } from "../base/stack-file";

/** True for what can only be meant as a file. */
function isFile(text: string): boolean {
  return text.includes("/") || text.includes(path.sep) || /\.ya?ml$/.test(text);
}

/**
 * Who can reach what, by the settings of a stack or of a stack file. Throws CommandError: USAGE for
 * what does not exist, SETTINGS with all problems for what is not valid.
 */
export function loadAccess(stackOrFile: string, cwd: string): AccessModel {
  const file = isFile(stackOrFile) ? path.resolve(stackOrFile) : undefined;
  if (file !== undefined && !fs.existsSync(file)) {
    throw new CommandError("USAGE", `there is no file ${stackOrFile}`);
  }
  const config = file === undefined ? stackConfig(stackOrFile, cwd) : fileConfig(file);
  const { raw, problems: ofKeys } = readConfig(config);
  const parsed = parseSettings(raw, cwd);
  const problems = [...ofKeys, ...(parsed.problems ?? [])];
  if (parsed.settings === undefined || problems.length > 0) {
    throw new CommandError(
      "SETTINGS",
      problemText(problems, file === undefined ? stackOrFile : ""),
    );
  }
  return accessOf(parsed.settings);
}
