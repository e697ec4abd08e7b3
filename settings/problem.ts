import { quoted } from "../teleport/quoted";
import { NAMESPACE } from "./schema";
import { HIDDEN, mayBeSecret, namesSecret } from "./secret-shapes";

/** Path of a setting: keys and indices, from its section down. */
export type Path = readonly (string | number)[];

/** A finding with the path of its setting, as written in messages. */
export interface SettingsProblem {
  path: string;
  message: string;
}

/** A problem or a warning about a stack's settings. */
export interface Problem {
  path: Path;
  /** The value, what is wrong with it, and what to do. Shows no secret. */
  message: string;
  /** Other settings that the finding depends on. If one of them is invalid, it is not reported. */
  involves?: readonly Path[];
}

/** A path as text: `access-plane:agents.web.apps[3].publicAddress`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part, i) => {
    if (i === 0) return `${NAMESPACE}:${part}`;
    if (typeof part === "number") return `${text}[${part}]`;
    return /^[A-Za-z_][\w-]*$/.test(part) ? `${text}.${part}` : `${text}[${JSON.stringify(part)}]`;
  }, "");
}

const SECRET_KEY = /^(value|secret|prefix)$/;

/** A value for a message: shortened if it is long, hidden if it may be a secret. */
export function show(value: unknown, path: Path): string {
  const key = path.findLast((part) => typeof part === "string") ?? "";
  const isText = typeof value === "string";
  if (SECRET_KEY.test(key) && typeof value !== "object") return HIDDEN;
  if (isText && (namesSecret(key) || mayBeSecret(value))) return HIDDEN;
  return quoted(value);
}

/** True if the paths are the same, or one is above the other. */
export function related(a: Path, b: Path): boolean {
  const length = Math.min(a.length, b.length);
  return a.slice(0, length).every((part, i) => part === b[i]);
}
