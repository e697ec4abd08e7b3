import * as fs from "node:fs";
import * as path from "node:path";
import { accessOf } from "../../inventory/access";
import type { AccessModel } from "../../teleport/access";
import { CommandError } from "../base/exit-codes";
import { fileSettings, stackSettings } from "../base/stack-settings";

/** True for what can only be meant as a stack file: branches have slashes, too. */
export function isFile(text: string): boolean {
  return /\.ya?ml$/.test(text) || fs.statSync(text, { throwIfNoEntry: false })?.isFile() === true;
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
  return accessOf(file === undefined ? stackSettings(stackOrFile, cwd) : fileSettings(file, cwd));
}
