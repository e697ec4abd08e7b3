/**
 * Groups and users that an identity provider can choose through a template in a role's `kubernetes_groups` and
 * `kubernetes_users`. Source: lib/utils/parse of Teleport 18.
 */

const SYSTEM = "system:masters";

const TEMPLATE = /^([^{}]*)\{\{\s*([^{}]*?)\s*\}\}([^{}]*)$/;
/** A trait's name. Teleport does not separate traits from a provider and of local users. */
const TRAIT = /\b(external|internal)(?:\.([A-Za-z_][\w-]*)|\[\s*"((?:[^"\\]|\\.)+)"\s*\])/;
const REPLACE = /^regexp\.replace\(.*?,\s*"((?:[^"\\]|\\.)*)"\s*,\s*"((?:[^"\\]|\\.)*)"\s*\)$/s;

/** True if a pattern cannot match a colon, and so no name `system:…`. */
function excludesColon(pattern: string): boolean {
  if (!pattern.startsWith("^") || !pattern.endsWith("$")) return false;
  const classes = pattern.match(/\[\^?\]?(?:\\.|[^\]\\])*\]/g) ?? [];
  if (classes.some((one) => isOpenClass(one))) return false;
  const rest = classes.reduce((text, one) => text.replace(one, "x"), pattern.slice(1, -1));
  return !/:|\\[^dw.\-_]|\(\?/.test(rest) && !/(^|[^\\])\./.test(rest);
}

/** True if a character class may contain the colon. */
function isOpenClass(characters: string): boolean {
  try {
    return (
      new RegExp(characters).test(":") || characters.includes("[:") || /\\[pP]/.test(characters)
    );
  } catch {
    return true;
  }
}

/** Start and end of names that a provider must not choose. */
interface Guarded {
  mayStart: (prefix: string) => boolean;
  mayEnd: (suffix: string) => boolean;
}

const GROUPS: Guarded = {
  mayStart: (prefix) => SYSTEM.startsWith(prefix) || prefix.startsWith("system:"),
  mayEnd: (suffix) => SYSTEM.endsWith(suffix),
};

/** Kubernetes' own users, such as `system:serviceaccount:kube-system:…`. */
const USERS: Guarded = { mayStart: GROUPS.mayStart, mayEnd: () => true };

function openTrait(value: string, federated: boolean, { mayStart, mayEnd }: Guarded) {
  const [, before = "", expression = "", after = ""] = TEMPLATE.exec(value) ?? [];
  const [, from, dotted, bracketed] = TRAIT.exec(expression) ?? [];
  const trait = dotted ?? bracketed;
  if (from === "internal" && !federated) return undefined;
  if (trait === undefined || !mayStart(before) || !mayEnd(after)) return undefined;
  const [, pattern, replacement] = REPLACE.exec(expression) ?? [];
  if (pattern === undefined || replacement === undefined) return trait;
  const [fixed = ""] = replacement.split("$");
  if (!replacement.includes("$") || !mayStart(before + fixed)) return undefined;
  // Backslashes are doubled in Teleport's strings.
  return excludesColon(pattern.replaceAll("\\\\", "\\")) ? undefined : trait;
}

/**
 * The trait that may turn a value of `kubernetes_groups` into any group, including `system:masters`.
 * Undefined if there is none. `federated` says that an identity provider may send every trait by its own name, so
 * `internal` ones count as well.
 */
export const anyGroupFrom = (value: string, federated = false): string | undefined =>
  openTrait(value, federated, GROUPS);

/** The same for `kubernetes_users`, and users of Kubernetes itself. */
export const anyUserFrom = (value: string, federated = false): string | undefined =>
  openTrait(value, federated, USERS);
