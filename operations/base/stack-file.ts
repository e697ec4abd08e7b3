import * as fs from "node:fs";
import * as path from "node:path";
import {
  NoStackDocument,
  readStackDocument,
  type StackDocument,
} from "../../settings/stack-document";
import { NAMESPACE } from "../../settings/schema";
import { readYaml } from "../../settings/yaml/read-yaml";
import { CommandError } from "./exit-codes";

/** Names of the stacks with a file in a project's folder. None if there is no such folder. */
export function stackNames(cwd: string): string[] {
  if (!fs.existsSync(cwd)) return [];
  return fs
    .readdirSync(cwd)
    .flatMap((file) => /^Pulumi\.(.+)\.ya?ml$/.exec(file)?.[1] ?? [])
    .sort();
}

/** File with a stack's settings. Default: `Pulumi.<stack>.yaml`. */
export function stackFile(stack: string, cwd: string, configFile?: string): string {
  if (configFile !== undefined) {
    if (fs.existsSync(configFile)) return configFile;
    throw new CommandError("USAGE", `--config-file: there is no ${configFile}.`);
  }
  const known = stackNames(cwd);
  const name = [`Pulumi.${stack}.yaml`, `Pulumi.${stack}.yml`].find((file) =>
    fs.existsSync(path.join(cwd, file)),
  );
  if (name !== undefined && known.includes(stack)) return path.join(cwd, name);
  throw new CommandError(
    "USAGE",
    `there is no stack "${stack}": ` +
      (known.length === 0
        ? `no Pulumi.<stack>.yaml in ${cwd}.`
        : `choose one of ${known.join(", ")}, or add Pulumi.${stack}.yaml.`),
  );
}

/** A stack's config as the engine passes it to a program: texts, or JSON. */
export function stackConfig(
  stack: string,
  cwd: string,
  configFile?: string,
): Record<string, string> {
  return stackDocument(stackFile(stack, cwd, configFile), cwd).config;
}

/**
 * The config in a stack file. `cwd` is the project's folder; default: the file's folder. Throws
 * CommandError SETTINGS if it is not a stack file.
 */
export function stackDocument(file: string, cwd = path.dirname(file)): StackDocument {
  const wrong = (message: string) =>
    new CommandError("SETTINGS", `${path.basename(file)} ${message}`);
  let text: string;
  try {
    text = fs.readFileSync(file, "utf8");
  } catch (error) {
    throw wrong(`cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown error"}).`);
  }
  try {
    return readStackDocument(text, projectName(cwd));
  } catch (error) {
    if (error instanceof NoStackDocument) throw wrong(error.message);
    throw error;
  }
}

/** Name of the project in a folder. It is also the namespace of keys without one. Default: this program's name. */
export function projectName(cwd: string): string {
  const file = path.join(cwd, "Pulumi.yaml");
  if (!fs.existsSync(file)) return NAMESPACE;
  const { value } = readYaml(fs.readFileSync(file, "utf8"));
  const name =
    typeof value === "object" && value !== null && "name" in value ? value.name : undefined;
  return typeof name === "string" ? name : NAMESPACE;
}
