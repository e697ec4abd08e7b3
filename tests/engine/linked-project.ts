import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const ROOT = path.resolve(__dirname, "../..");

/** Files of the checkout that are not part of the program: settings, Git history, state backups. */
const EXCLUDED = /^Pulumi\..+\.yaml$|^\.git$|^\.access-plane$/;

/**
 * Creates a folder with links to the program of this checkout, without stack files. A project's folder
 * identifies its processes, so a test that kills processes needs a folder of its own.
 */
export function linkedProject(): string {
  const project = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-project-"));
  for (const entry of fs.readdirSync(ROOT)) {
    if (!EXCLUDED.test(entry)) {
      fs.symlinkSync(path.join(ROOT, entry), path.join(project, entry));
    }
  }
  return project;
}
