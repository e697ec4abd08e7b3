import * as fs from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import * as path from "node:path";

const PLACE = /(\/[^\s():]+):(\d+):(\d+)/g;

/** The source map beside a file. Undefined if there is none. */
function mapOf(file: string): SourceMap | undefined {
  const map = `${file}.map`;
  if (!fs.existsSync(map)) return undefined;
  return new SourceMap(JSON.parse(fs.readFileSync(map, "utf8")) as SourceMapPayload);
}

/** A stack trace with places in the sources instead of places in the file that was made of them. */
export function sourceStack(stack: string): string {
  const maps = new Map<string, SourceMap | undefined>();
  return stack.replace(PLACE, (place, file: string, line: string, column: string) => {
    if (!maps.has(file)) maps.set(file, mapOf(file));
    const origin = maps.get(file)?.findOrigin(Number(line), Number(column));
    if (origin === undefined || !("fileName" in origin)) return place;
    const source = path.resolve(path.dirname(file), origin.fileName);
    return `${source}:${origin.lineNumber}:${origin.columnNumber}`;
  });
}
