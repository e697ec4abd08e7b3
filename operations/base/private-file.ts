import * as fs from "node:fs";

/**
 * Writes a file that only its owner can open, also where one was there; a device or pipe keeps its mode.
 * Flag `wx`: fails when there is one.
 */
export function writePrivate(file: string, text: string, flag: "w" | "wx" = "w"): void {
  if (flag === "w" && fs.existsSync(file) && fs.statSync(file).isFile()) fs.chmodSync(file, 0o600);
  fs.writeFileSync(file, text, { flag, mode: 0o600 });
}
