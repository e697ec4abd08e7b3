import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/** Paths of all files below a folder, sorted. Helm ignores hidden files. */
function filesIn(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => !/(^|[\\/])\.(?!helmignore$)/.test(file))
    .filter((file) => fs.statSync(path.join(folder, file)).isFile())
    .sort();
}

/** Digest of a chart's files, `sha256:…`. Undefined if the folder does not exist. */
export function folderDigest(folder: string): string | undefined {
  if (!fs.existsSync(folder)) return undefined;
  const hash = createHash("sha256");
  for (const file of filesIn(folder)) {
    const content = fs.readFileSync(path.join(folder, file));
    hash.update(`${file.replaceAll("\\", "/")}\0${content.length}\0`).update(content);
  }
  return `sha256:${hash.digest("hex")}`;
}
