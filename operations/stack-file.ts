import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { CommandError } from "./cli/exit-codes";

/** Names of the stacks that have a file in a project's folder. */
export function stackNames(cwd: string): string[] {
  return fs
    .readdirSync(cwd)
    .flatMap((file) => /^Pulumi\.(.+)\.ya?ml$/.exec(file)?.[1] ?? [])
    .sort();
}

/** A stack's config as an engine hands it to a program: text, or JSON text. */
export function stackConfig(stack: string, cwd: string): Record<string, string> {
  const known = stackNames(cwd);
  if (!known.includes(stack)) {
    throw new CommandError(
      "USAGE",
      `there is no stack "${stack}": ` +
        (known.length === 0
          ? `no Pulumi.<stack>.yaml in ${cwd}.`
          : `choose one of ${known.join(", ")}, or add Pulumi.${stack}.yaml.`),
    );
  }
  const name = [`Pulumi.${stack}.yaml`, `Pulumi.${stack}.yml`].find((file) =>
    fs.existsSync(path.join(cwd, file)),
  );
  return fileConfig(path.join(cwd, name ?? ""));
}

/** Config in a stack file, also one that is no stack of this project, as an engine hands it over. */
export function fileConfig(file: string): Record<string, string> {
  const content = parse(fs.readFileSync(file, "utf8")) as {
    config?: Record<string, unknown> | null;
  } | null;
  return Object.fromEntries(
    Object.entries(content?.config ?? {}).map(([key, value]) => [
      key,
      typeof value === "string" ? value : value === null ? "" : JSON.stringify(value),
    ]),
  );
}
