import { spawnSync } from "node:child_process";
import { SourceMap, type SourceMapPayload } from "node:module";
import * as path from "node:path";

/** A place in the file of program and commands: its checkout, line and column. */
const PLACE = /(\/[^\s():]+)\/node_modules\/\.cache\/access-plane\/bundle\.cjs:(\d+):(\d+)/g;

/** The source map of that file. Undefined if its sources have changed. */
function mapOf(checkout: string): SourceMap | undefined {
  const make = [path.join(checkout, "bin/bundle.cjs"), "map"];
  const options = { encoding: "utf8", maxBuffer: 2 ** 28 } as const;
  const { status, stdout } = spawnSync(process.execPath, make, options);
  return status === 0 ? new SourceMap(JSON.parse(stdout) as SourceMapPayload) : undefined;
}

/** A stack trace with places in the sources instead of places in the file that was made of them. */
export function sourceStack(stack: string): string {
  const maps = new Map<string, SourceMap | undefined>();
  return stack.replace(PLACE, (place, checkout: string, line: string, column: string) => {
    if (!maps.has(checkout)) maps.set(checkout, mapOf(checkout));
    const origin = maps.get(checkout)?.findOrigin(Number(line), Number(column));
    if (origin === undefined || !("fileName" in origin)) return place;
    const source = path.resolve(checkout, "node_modules/.cache/access-plane", origin.fileName);
    return `${source}:${origin.lineNumber}:${origin.columnNumber}`;
  });
}
