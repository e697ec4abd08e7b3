import * as fs from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { parseSettings, type SettingsProblem, type Parsed } from "./parse";
import { isText, NAMESPACE, type Settings } from "./schema";
import { didYouMean } from "../teleport/did-you-mean";
import {
  NoStackDocument,
  readStackDocument,
  type StackDocument,
  type Written,
} from "./stack-document";

export { parseSettings } from "./parse";

const OWN_PREFIX = `${NAMESPACE}:`;
/** Namespaces of config that default providers would read, with the setting to use instead. */
const PROVIDER_SETTINGS: Record<string, string> = {
  aws: "aws",
  kubernetes: "kubernetes",
  vault: "vault",
};

/** One config value of Pulumi: a text for sections of text, else JSON. */
function decode(section: string, text: string): unknown {
  if (isText(section)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Reads Pulumi's config: sections, and problems of its keys. */
export function readConfig(
  config: Record<string, string>,
  isSecret: (key: string) => boolean = () => false,
): { raw: Record<string, unknown>; problems: SettingsProblem[]; warnings: SettingsProblem[] } {
  const raw: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const problems: SettingsProblem[] = [];
  const warnings: SettingsProblem[] = [];
  for (const [key, text] of Object.entries(config)) {
    const [namespace = ""] = key.split(":");
    const section = key.slice(namespace.length + 1);
    if (namespace !== NAMESPACE) {
      const own = PROVIDER_SETTINGS[namespace];
      if (own !== undefined) {
        warnings.push({
          path: key,
          message: `has no effect, because this program makes its own providers: see ${OWN_PREFIX}${own}.`,
        });
      } else if (didYouMean(namespace, [NAMESPACE]) !== undefined) {
        problems.push({ path: key, message: `is not read: did you mean ${OWN_PREFIX}${section}?` });
      }
      continue;
    }
    if (isSecret(key)) {
      problems.push({
        path: key,
        message:
          "is encrypted, and settings end up in plain objects: remove the secret, keep it in Vault, " +
          "and name its path here.",
      });
      continue;
    }
    raw[section] = decode(section, text);
  }
  return { raw, problems, warnings };
}

/** A stack's config and what is known of its source. */
export interface ConfigSource {
  config: Record<string, string>;
  /** Keys whose value is encrypted. Default: none. */
  secretKeys?: ReadonlySet<string>;
  /** Problems of the source. Default: none. */
  problems?: readonly SettingsProblem[];
  /** Source text of values. Default: not known. */
  written?: Written;
}

/** Checks a stack's config: its keys, its settings, and the files in `folder` that they name. */
export function checkConfig(source: ConfigSource, folder?: string): Parsed {
  const { secretKeys, written, problems: ofSource = [] } = source;
  const keys = readConfig(source.config, (key) => secretKeys?.has(key) ?? false);
  const parsed = parseSettings(keys.raw, folder, written);
  const first = [...ofSource, ...keys.problems];
  // Do not report a refused key as missing or of a wrong type too.
  const refused = new Set(first.map(({ path }) => path));
  const problems = [...first, ...(parsed.problems ?? []).filter(({ path }) => !refused.has(path))];
  const warnings = [...keys.warnings, ...parsed.warnings];
  if (parsed.settings === undefined || problems.length > 0) return { problems, warnings };
  return { settings: parsed.settings, warnings };
}

/** The SDK exports this function, but not in its types. */
const { isConfigSecret } = pulumi.runtime as unknown as {
  isConfigSecret?: (key: string) => boolean;
};

function stackName(): string {
  try {
    return pulumi.getStack();
  } catch {
    return "";
  }
}

/** Source text of values in the stack file of the working directory, if it has the config of the engine. */
function writtenInFile(stack: string, config: Record<string, string>): Written {
  const file = [`Pulumi.${stack}.yaml`, `Pulumi.${stack}.yml`].find((name) => fs.existsSync(name));
  if (file === undefined) return () => undefined;
  let document: StackDocument | undefined;
  return (path) => {
    try {
      document ??= readStackDocument(fs.readFileSync(file, "utf8"));
      const key = `${OWN_PREFIX}${path[0] ?? ""}`;
      return document.config[key] === config[key] ? document.written(path) : undefined;
    } catch (error) {
      // The engine has read its config elsewhere. This only improves messages.
      if (error instanceof NoStackDocument) return undefined;
      throw error;
    }
  };
}

/** The text of all problems of a stack's settings. */
export function problemText(problems: readonly SettingsProblem[], stack: string): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const where = stack === "" ? "the stack's settings" : `the settings of stack "${stack}"`;
  const file = stack === "" ? "" : ` (Pulumi.${stack}.yaml)`;
  const lines = problems.map(({ path, message }) => `  ${path}\n      ${message}`);
  return `${count} in ${where}${file}:\n${lines.join("\n")}`;
}

/**
 * The stack's settings, checked. Throws one `RunError` that lists every problem, before the first
 * resource; warnings go to Pulumi's log.
 */
export function loadSettings(): Settings {
  const config = pulumi.runtime.allConfig();
  const stack = stackName();
  const secretKeys = new Set(Object.keys(config).filter((key) => isConfigSecret?.(key)));
  const written = writtenInFile(stack, config);
  const { settings, problems, warnings } = checkConfig({ config, secretKeys, written });
  if (settings === undefined) throw new pulumi.RunError(problemText(problems, stack));
  for (const { path, message } of warnings) void pulumi.log.warn(`${path} ${message}`);
  return settings;
}
