import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const ROOT = path.resolve(__dirname, "../..");

/** What belongs to the checkout and not to its program: settings, history, backups of states. */
const LEFT_OUT = /^Pulumi\..+\.yaml$|^\.git$|^\.access-plane$/;

/**
 * A folder of its own with links to the program of this checkout, without stack files. Processes are
 * told apart by their project's folder, so tests that kill some work in one of their own.
 */
export function linkedProject(): string {
  const project = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-project-"));
  for (const entry of fs.readdirSync(ROOT)) {
    if (!LEFT_OUT.test(entry)) {
      fs.symlinkSync(path.join(ROOT, entry), path.join(project, entry));
    }
  }
  return project;
}
