import { appRegistrations, movedApps, registrationLines } from "../plan/app-registrations";
import { CommandError } from "../base/exit-codes";
import { stackSettings } from "../base/stack-settings";

/** Apps of a stack as a folder's settings have it; undefined where it has none, or broken ones. */
function registered(stack: string, cwd: string) {
  try {
    return appRegistrations(stackSettings(stack, cwd));
  } catch (error) {
    // The plan or the preview says what is wrong.
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

/** How the apps of a stack are registered and why, and those that a change moves. */
export function appLines(stack: string, cwd: string, base?: string): string[] {
  const apps = registered(stack, cwd) ?? [];
  const before = base === undefined ? undefined : registered(stack, base);
  return [...registrationLines(apps), ...movedApps(before ?? [], apps)];
}
