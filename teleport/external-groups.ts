/**
 * Groups that an identity provider decides: what a template in `kubernetes_groups` of a role can come to
 * (lib/utils/parse of Teleport 18).
 */

const SYSTEM = "system:masters";

const TEMPLATE = /^([^{}]*)\{\{\s*([^{}]*?)\s*\}\}([^{}]*)$/;
const EXTERNAL = /\bexternal(?:\.([A-Za-z_][\w-]*)|\[\s*"((?:[^"\\]|\\.)+)"\s*\])/;
const REPLACE = /^regexp\.replace\(.*?,\s*"((?:[^"\\]|\\.)*)"\s*,\s*"((?:[^"\\]|\\.)*)"\s*\)$/s;

/** True where a text may start, as far as its first part tells, like a group of Kubernetes itself. */
const mayStart = (prefix: string) => SYSTEM.startsWith(prefix) || prefix.startsWith("system:");

/** True for a pattern that no text with a colon fits: what it matches is a name, and no `system:…`. */
function excludesColon(pattern: string): boolean {
  if (!pattern.startsWith("^") || !pattern.endsWith("$")) return false;
  const plain = pattern.slice(1, -1);
  return !/:|\[\^|\\[^dw.\-_]|\(\?/.test(plain) && !/(^|[^\\])\./.test(plain);
}

/**
 * The trait from which a value of `kubernetes_groups` may become any group, `system:masters` too;
 * undefined where it cannot.
 */
export function anyGroupFrom(value: string): string | undefined {
  const [, before = "", expression = "", after = ""] = TEMPLATE.exec(value) ?? [];
  const [, dotted, bracketed] = EXTERNAL.exec(expression) ?? [];
  const trait = dotted ?? bracketed;
  if (trait === undefined || !mayStart(before) || !SYSTEM.endsWith(after)) return undefined;
  const [, pattern, replacement] = REPLACE.exec(expression) ?? [];
  if (pattern === undefined || replacement === undefined) return trait;
  const [fixed = ""] = replacement.split("$");
  if (!replacement.includes("$") || !mayStart(before + fixed)) return undefined;
  // In Teleport's strings, backslashes are doubled.
  return excludesColon(pattern.replaceAll("\\\\", "\\")) ? undefined : trait;
}
