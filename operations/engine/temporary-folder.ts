import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** A folder for one run of the CLI. */
export interface TemporaryFolder {
  path: string;
  /** Makes the CLI, its plugins and the program put their temporary files there. */
  env: { TMPDIR: string };
  remove(): void;
}

/**
 * A new folder that only its owner can open. Plugins leave files behind, the Kubernetes plugin whole
 * kubeconfigs; these go with it.
 */
export function temporaryFolder(): TemporaryFolder {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-output-"));
  return {
    path: folder,
    env: { TMPDIR: folder },
    remove: () => fs.rmSync(folder, { recursive: true, force: true }),
  };
}
