import { appRegistrations, movedApps, registrationLines } from "../plan/app-registrations";
import { CommandError } from "../base/exit-codes";
import { stackSettings } from "../base/stack-settings";

/** Apps of a stack in a folder. Undefined if there is no such stack or its settings are invalid. */
function registered(stack: string, cwd: string, read: typeof stackSettings) {
  try {
    return appRegistrations(read(stack, cwd));
  } catch (error) {
    // The plan or the preview reports this.
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

/**
 * How and why the apps of a stack are registered, and which apps a change moves. `read` reads the settings in a
 * folder.
 */
export function appLines(
  stack: string,
  cwd: string,
  base?: string,
  read = stackSettings,
): string[] {
  const apps = registered(stack, cwd, read) ?? [];
  const before = base === undefined ? undefined : registered(stack, base, read);
  return [...registrationLines(apps), ...movedApps(before ?? [], apps)];
}
