import * as pulumi from "@pulumi/pulumi";
import type { $ZodType } from "zod/v4/core";
import { parseSettings, type Finding } from "./parse";
import { KINDS, kindsWithSection, NAMESPACE, type Settings } from "./schema";
import { didYouMean, unwrap } from "./shape";

export { parseSettings } from "./parse";

const OWN_PREFIX = `${NAMESPACE}:`;
/** Config that the provider SDKs would read if default providers were used. */
const PROVIDER_SETTINGS: Record<string, string> = {
  aws: "aws",
  kubernetes: "kubernetes",
  vault: "vault",
};

/** One config value: text where the schema wants text, JSON otherwise (as Pulumi hands it over). */
function decode(section: string, text: string): unknown {
  const [kind] = kindsWithSection(section);
  const schema =
    kind === undefined ? undefined : (KINDS[kind].shape as Record<string, $ZodType>)[section];
  if (schema !== undefined && ["string", "literal"].includes(unwrap(schema)._zod.def.type))
    return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Reads config as Pulumi has it: sections, and what is wrong with the keys themselves. */
export function readConfig(
  config: Record<string, string>,
  isSecret: (key: string) => boolean = () => false,
): { raw: Record<string, unknown>; problems: Finding[]; warnings: Finding[] } {
  const raw: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const problems: Finding[] = [];
  const warnings: Finding[] = [];
  for (const [key, text] of Object.entries(config)) {
    const [namespace = ""] = key.split(":");
    const section = key.slice(namespace.length + 1);
    if (namespace !== NAMESPACE) {
      const own = PROVIDER_SETTINGS[namespace];
      if (own !== undefined) {
        warnings.push({
          path: key,
          message: `has no effect, as this program makes its own providers: see ${OWN_PREFIX}${own}.`,
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

/** The SDK exports it, but leaves it out of its types. */
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

/** All problems of a stack's settings as one text. */
export function problemText(problems: readonly Finding[], stack: string): string {
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
  const config = readConfig(pulumi.runtime.allConfig(), isConfigSecret);
  const parsed = parseSettings(config.raw);
  // A section that was refused as a whole is not also missing.
  const refused = new Set(config.problems.map(({ path }) => path));
  const problems = [
    ...config.problems,
    ...(parsed.problems ?? []).filter(({ path }) => !refused.has(path)),
  ];
  if (parsed.settings === undefined || problems.length > 0) {
    throw new pulumi.RunError(problemText(problems, stackName()));
  }
  for (const { path, message } of [...config.warnings, ...parsed.warnings]) {
    void pulumi.log.warn(`${path} ${message}`);
  }
  return parsed.settings;
}
