import { inspect } from "node:util";

/**
 * Lets errors be printed without colours, whoever prints them. The SDK prints what failed with
 * colours, and Node.js (22 at least) then never gets past a stack line such as
 * `node_modules/@pulumi/output.ts`, a module with a scope and no folder: an update whose program
 * failed would go on for minutes, until memory ends it.
 */
export function printErrorsPlainly(): void {
  Object.defineProperty(Error.prototype, inspect.custom, {
    value(this: Error) {
      return inspect(this, { colors: false, customInspect: false });
    },
    configurable: true,
    writable: true,
  });
}
