import { unique } from "./decision";
import type { Principal, Role } from "./input";
import { matchesPattern, PatternError, regex } from "./pattern";

const FUNCTION =
  /^(.*)\{\{\s*regexp\.(match|not_match)\(\s*(?:"([^"]*)"|`([^`]*)`)\s*\)\s*\}\}(.*)$/;

/**
 * Whether an entry of `request.roles` allows a role to be requested. An entry is a name, a pattern,
 * `{{regexp.match("…")}}` or `{{regexp.not_match("…")}}`.
 * Source: Teleport's access-controls reference, "Access Request template functions".
 */
export function matchesRole(name: string, entry: string): boolean {
  try {
    const call = FUNCTION.exec(entry);
    if (call === null) return matchesPattern(name, entry);
    const [, before = "", verb, quoted, raw, after = ""] = call;
    if (!name.startsWith(before) || !name.endsWith(after)) return false;
    const inner = name.slice(before.length, name.length - after.length);
    const expression = quoted === undefined ? (raw ?? "") : quoted.replaceAll("\\\\", "\\");
    return regex(expression).matcher(inner).find() === (verb === "match");
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return false;
  }
}

/** Names of roles that a principal may request and does not hold. */
export function requestableRoles(
  standing: readonly Role[],
  principal: Principal,
  roles: ReadonlyMap<string, Role>,
): string[] {
  const wanted = standing.flatMap(({ allow }) => [...allow.requestRoles, ...allow.searchAsRoles]);
  const refused = standing.flatMap(({ deny }) => [...deny.requestRoles, ...deny.searchAsRoles]);
  const literal = wanted.filter((entry) => !/[*{]|^\^/.test(entry));
  return unique([...roles.keys(), ...literal]).filter(
    (name) =>
      !principal.roles.includes(name) &&
      wanted.some((entry) => matchesRole(name, entry)) &&
      !refused.some((entry) => matchesRole(name, entry)),
  );
}
