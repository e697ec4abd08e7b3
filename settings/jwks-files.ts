import { readInside } from "./files";
import { pathText, show, type SettingsProblem } from "./problem";
import { isMapping } from "../teleport/values";

/** Reads the public keys of other clusters from the files in `jwksFile`. */

function read(file: string, folder: string): { text: string } | { message: string } {
  const { found, fault } = readInside(file, folder);
  if (found !== undefined) return { text: found };
  return {
    message:
      `is ${show(file, ["jwksFile"])}, which ${fault}: write what \`kubectl get --raw /openid/v1/jwks\` ` +
      "prints into a file below it.",
  };
}

/** The settings with `jwks` filled from `jwksFile`, which is relative to the folder. */
export function withJwks(
  raw: Record<string, unknown>,
  folder: string,
): { raw: Record<string, unknown>; problems: SettingsProblem[] } {
  const problems: SettingsProblem[] = [];
  const agent = (value: unknown, at: string[]): unknown => {
    const join = isMapping(value) ? value["join"] : undefined;
    const file = isMapping(join) ? join["jwksFile"] : undefined;
    if (!isMapping(value) || !isMapping(join) || typeof file !== "string") return value;
    const found =
      join["jwks"] === undefined
        ? read(file, folder)
        : { message: "says what jwks says already: remove one of them." };
    if ("text" in found) return { ...value, join: { ...join, jwks: found.text } };
    problems.push({ path: pathText([...at, "join", "jwksFile"]), message: found.message });
    return value;
  };
  const within = (all: Record<string, unknown>, section: string, at: string[]) => {
    const agents = all[section];
    if (!isMapping(agents)) return {};
    const entries = Object.entries(agents).map(([name, value]) => [
      name,
      agent(value, [...at, section, name]),
    ]);
    return { [section]: Object.fromEntries(entries) as unknown };
  };
  const { resources } = raw;
  const bots = isMapping(resources)
    ? { resources: { ...resources, ...within(resources, "bots", ["resources"]) } }
    : {};
  return {
    raw: { ...raw, ...within(raw, "agents", []), ...within(raw, "remoteAgents", []), ...bots },
    problems,
  };
}
