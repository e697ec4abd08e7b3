import { RE2JS } from "re2js";

/** A regular expression that Go's regexp package, and so Teleport, refuses. */
export class PatternError extends Error {
  override name = "PatternError";
}

const compiled = new Map<string, RE2JS>();

/** Go's regular expressions (RE2: no look-around, no back-references). Throws PatternError. */
export function regex(text: string): RE2JS {
  let found = compiled.get(text);
  if (found === undefined) {
    try {
      found = RE2JS.compile(text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new PatternError(
        `Teleport does not accept the regular expression "${text}": ${reason}`,
      );
    }
    compiled.set(text, found);
  }
  return found;
}

/** Whether Go's regexp package compiles a text. */
export function isRegExp(text: string): boolean {
  try {
    regex(text);
    return true;
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return false;
  }
}

/**
 * A pattern of Teleport as a regular expression. `^…$` is a regular expression; its alternatives are
 * not anchored at both ends, so `^test|staging$` also matches "testing". Other patterns are literal
 * text in which `*` matches any characters except line ends.
 * Source: Teleport's access-controls reference, "Extended label matching syntax".
 */
export function patternRegex(pattern: string): string {
  if (pattern.startsWith("^") && pattern.endsWith("$")) return pattern;
  return `^${pattern
    .split("*")
    .map((part) => RE2JS.quote(part))
    .join("(.*)")}$`;
}

/** Whether a text matches a pattern of Teleport. Throws PatternError. */
export function matchesPattern(text: string, pattern: string): boolean {
  if (!/[*^]/.test(pattern)) return text === pattern;
  return regex(patternRegex(pattern)).matcher(text).find();
}

/** Expands `$1`, `${1}`, `$name`, `${name}` and `$$` as Go's regexp does; unknown names are empty. */
function expandGroups(template: string, group: (name: string) => string): string {
  return template.replace(
    /\$(?:\$|(\w+)|\{(\w+)\})/g,
    (whole, bare: string | undefined, braced: string | undefined) =>
      whole === "$$" ? "$" : group(bare ?? braced ?? ""),
  );
}

/** Replaces every match of a regular expression, as Go's ReplaceAllString. Undefined without a match. */
export function replaceAll(
  text: string,
  expression: string,
  replacement: string,
): string | undefined {
  const pattern = regex(expression);
  const names = pattern.namedGroups();
  const matcher = pattern.matcher(text);
  let done = "";
  let from = 0;
  let found = false;
  while (matcher.find()) {
    found = true;
    const group = (name: string) => {
      const index = /^\d+$/.test(name) ? Number(name) : names[name];
      return index === undefined || index > matcher.groupCount()
        ? ""
        : (matcher.group(index) ?? "");
    };
    done += text.slice(from, matcher.start()) + expandGroups(replacement, group);
    from = matcher.end();
  }
  return found ? done + text.slice(from) : undefined;
}
