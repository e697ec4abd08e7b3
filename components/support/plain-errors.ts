import { inspect } from "node:util";

/**
 * Makes every print of an error colourless. The SDK prints errors in colour, and Node.js (22 at least) then
 * loops on a stack line such as `node_modules/@pulumi/output.ts` (a scope without a folder). A failed
 * program would run for minutes, until it is out of memory.
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
