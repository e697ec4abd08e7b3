import * as fs from "node:fs";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { jsonText } from "../../settings/stack-document";
import { readYaml } from "../../settings/yaml/read-yaml";
import { isMapping } from "../../teleport/values";
import { stackFile } from "../base/stack-file";
import { temporaryFolder } from "../engine/temporary-folder";

/** A temporary project folder and state backend. */
export interface Scratch {
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/**
 * Runs a function in a copy of the project with its own state. The copy links to the project's files. Its
 * stack file has no encryption keys.
 */
export async function withScratch<T>(
  stack: string,
  { cwd, env }: Scratch,
  use: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  const temporary = temporaryFolder();
  try {
    const copy = path.join(temporary.path, "project");
    const state = path.join(temporary.path, "state");
    fs.mkdirSync(copy);
    fs.mkdirSync(state);
    for (const entry of fs.readdirSync(cwd)) {
      if (/^Pulumi\..+\.ya?ml$/.test(entry) || entry === ".git") continue;
      fs.symlinkSync(path.join(cwd, entry), path.join(copy, entry));
    }
    const { value } = readYaml(fs.readFileSync(stackFile(stack, cwd), "utf8"));
    // Every YAML reader reads JSON to the same values.
    const config = jsonText((isMapping(value) ? value["config"] : undefined) ?? {});
    fs.writeFileSync(path.join(copy, `Pulumi.${stack}.yaml`), `{"config":${config}}\n`);
    return await use({
      cwd: copy,
      env: {
        ...env,
        PULUMI_BACKEND_URL: pathToFileURL(state).href,
        PULUMI_CONFIG_PASSPHRASE: "",
      },
    });
  } finally {
    temporary.remove();
  }
}
