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

/**
 * Bytes of one environment variable on Linux, in which the engine passes a program its whole config.
 * Source: MAX_ARG_STRLEN of the kernel.
 */
const LARGEST_CONFIG = 128 * 1024;

/** A config that the engine cannot pass: it would start no program, and say that an argument list is too long. */
function configTooLarge(config: Record<string, string>): SettingsProblem[] {
  // The engine writes keys as `access-plane:config:agents`, and Go's encoder escapes three characters.
  const keys = Object.entries(config).map(([key, text]) => [key.replace(":", ":config:"), text]);
  const passed = JSON.stringify(Object.fromEntries(keys)).replace(/[<>&]/g, "\\u0000");
  const bytes = Buffer.byteLength(`PULUMI_CONFIG=${passed}`) + 1;
  if (bytes <= LARGEST_CONFIG) return [];
  const byLength = Object.entries(config).sort(([, a], [, b]) => b.length - a.length);
  return [
    {
      path: byLength[0]?.[0] ?? "config",
      message:
        `is the largest part of a config of ${Math.ceil(bytes / 1024)} KiB, and the engine passes a program at most ` +
        `${LARGEST_CONFIG / 1024} KiB: move apps to files of apps.files, Teleport resources to files of resources.files.`,
    },
  ];
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
  const first = [...ofSource, ...configTooLarge(source.config), ...keys.problems];
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
