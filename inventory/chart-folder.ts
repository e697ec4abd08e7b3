import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/** Files of a folder and below, by their path in it, sorted. Hidden ones do not count for Helm. */
function filesIn(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => !/(^|[\\/])\.(?!helmignore$)/.test(file))
    .filter((file) => fs.statSync(path.join(folder, file)).isFile())
    .sort();
}

/** The digest of a chart's files, `sha256:…`; undefined when there is no such folder. */
export function folderDigest(folder: string): string | undefined {
  if (!fs.existsSync(folder)) return undefined;
  const hash = createHash("sha256");
  for (const file of filesIn(folder)) {
    const content = fs.readFileSync(path.join(folder, file));
    hash.update(`${file.replaceAll("\\", "/")}\0${content.length}\0`).update(content);
  }
  return `sha256:${hash.digest("hex")}`;
}
