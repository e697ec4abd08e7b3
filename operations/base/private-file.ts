import * as fs from "node:fs";

/**
 * Writes a file that only its owner can open, even if it existed. Devices and pipes keep their mode. With
 * the flag `wx`, fails if the file exists.
 */
export function writePrivate(file: string, text: string, flag: "w" | "wx" = "w"): void {
  if (flag === "w" && fs.existsSync(file) && fs.statSync(file).isFile()) fs.chmodSync(file, 0o600);
  fs.writeFileSync(file, text, { flag, mode: 0o600 });
}
