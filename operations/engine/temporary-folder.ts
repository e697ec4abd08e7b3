import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** A folder for one run of the CLI. */
export interface TemporaryFolder {
  path: string;
  /** Environment that makes the CLI, its plugins and the program use it for temporary files. */
  env: { TMPDIR: string };
  remove(): void;
}

/**
 * Creates a folder that only its owner can open. Plugins leave files behind, the Kubernetes plugin even
 * kubeconfigs; they are deleted with the folder.
 */
export function temporaryFolder(): TemporaryFolder {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-"));
  return {
    path: folder,
    env: { TMPDIR: folder },
    remove: () => fs.rmSync(folder, { recursive: true, force: true }),
  };
}
