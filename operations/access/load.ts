import * as fs from "node:fs";
import * as path from "node:path";
import { accessOf } from "../../inventory/access";
import type { AccessModel } from "../../teleport/access";
import { CommandError } from "../base/exit-codes";
import { fileSettings, stackSettings } from "../base/stack-settings";

/** True for a text that can only be a stack file. Names of branches may contain slashes too. */
export function isFile(text: string): boolean {
  return /\.ya?ml$/.test(text) || fs.statSync(text, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * The access model of a stack or of a stack file. Throws CommandError: USAGE if it does not exist, SETTINGS
 * with all problems if it is invalid.
 */
export function loadAccess(stackOrFile: string, cwd: string): AccessModel {
  const file = isFile(stackOrFile) ? path.resolve(stackOrFile) : undefined;
  if (file !== undefined && !fs.existsSync(file)) {
    throw new CommandError("USAGE", `there is no file ${stackOrFile}`);
  }
  return accessOf(file === undefined ? stackSettings(stackOrFile, cwd) : fileSettings(file, cwd));
}
