/**
 * Groups that an identity provider can choose through a template in a role's `kubernetes_groups`.
 * Source: lib/utils/parse of Teleport 18.
 */

const SYSTEM = "system:masters";

const TEMPLATE = /^([^{}]*)\{\{\s*([^{}]*?)\s*\}\}([^{}]*)$/;
/** Names of a trait: Teleport keeps what a provider sends and what users here have in one place. */
const TRAIT = /\b(external|internal)(?:\.([A-Za-z_][\w-]*)|\[\s*"((?:[^"\\]|\\.)+)"\s*\])/;
const REPLACE = /^regexp\.replace\(.*?,\s*"((?:[^"\\]|\\.)*)"\s*,\s*"((?:[^"\\]|\\.)*)"\s*\)$/s;

/** Whether a text with this beginning may be a group of Kubernetes itself (`system:…`). */
const mayStart = (prefix: string) => SYSTEM.startsWith(prefix) || prefix.startsWith("system:");

/** Whether a pattern cannot match a colon, and so no group `system:…`. */
function excludesColon(pattern: string): boolean {
  if (!pattern.startsWith("^") || !pattern.endsWith("$")) return false;
  const plain = pattern.slice(1, -1);
  return !/:|\[\^|\\[^dw.\-_]|\(\?/.test(plain) && !/(^|[^\\])\./.test(plain);
}

/**
 * The trait that may turn a value of `kubernetes_groups` into any group, including `system:masters`.
 * Undefined if there is none. `federated` says that an identity provider may send every trait by its own name, so
 * `internal` ones count as well.
 */
export function anyGroupFrom(value: string, federated = false): string | undefined {
  const [, before = "", expression = "", after = ""] = TEMPLATE.exec(value) ?? [];
  const [, from, dotted, bracketed] = TRAIT.exec(expression) ?? [];
  const trait = dotted ?? bracketed;
  if (from === "internal" && !federated) return undefined;
  if (trait === undefined || !mayStart(before) || !SYSTEM.endsWith(after)) return undefined;
  const [, pattern, replacement] = REPLACE.exec(expression) ?? [];
  if (pattern === undefined || replacement === undefined) return trait;
  const [fixed = ""] = replacement.split("$");
  if (!replacement.includes("$") || !mayStart(before + fixed)) return undefined;
  // Backslashes are doubled in Teleport's strings.
  return excludesColon(pattern.replaceAll("\\\\", "\\")) ? undefined : trait;
}
