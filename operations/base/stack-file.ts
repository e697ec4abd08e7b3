import * as fs from "node:fs";
import * as path from "node:path";
import { parse, YAMLParseError } from "yaml";
import { CommandError } from "./exit-codes";

/** Names of the stacks that have a file in a project's folder. */
export function stackNames(cwd: string): string[] {
  return fs
    .readdirSync(cwd)
    .flatMap((file) => /^Pulumi\.(.+)\.ya?ml$/.exec(file)?.[1] ?? [])
    .sort();
}

/** File with a stack's settings: `Pulumi.<stack>.yaml`, unless another one was named. */
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

/** A stack's config as an engine hands it to a program: text, or JSON text. */
export function stackConfig(
  stack: string,
  cwd: string,
  configFile?: string,
): Record<string, string> {
  return fileConfig(stackFile(stack, cwd, configFile));
}

/** Config in a stack file, also one that is no stack of this project, as an engine hands it over. */
export function fileConfig(file: string): Record<string, string> {
  const content = readYaml(file);
  return Object.fromEntries(
    Object.entries(content?.config ?? {}).map(([key, value]) => [
      key,
      typeof value === "string" ? value : value === null ? "" : JSON.stringify(value),
    ]),
  );
}

function readYaml(file: string): { config?: Record<string, unknown> | null } | null {
  try {
    return parse(fs.readFileSync(file, "utf8")) as ReturnType<typeof readYaml>;
  } catch (error) {
    const { message } = error as Error;
    const what = error instanceof YAMLParseError ? "is not YAML" : "cannot be read";
    throw new CommandError("SETTINGS", `${path.basename(file)} ${what}: ${message.trim()}`);
  }
}
