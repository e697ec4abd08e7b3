import { quoted } from "../teleport/quoted";
import { NAMESPACE } from "./schema";
import { HIDDEN, mayBeSecret, namesSecret } from "./secret-shapes";

/** Keys and indices from the section down. */
export type Path = readonly (string | number)[];

/** A finding with its place as a stack file writes it. */
export interface SettingsProblem {
  path: string;
  message: string;
}

/** One thing that is wrong (or, as a warning, doubtful) in a stack's settings. */
export interface Problem {
  path: Path;
  /** What is there, what is wrong with it, what to do. Never holds a secret. */
  message: string;
  /** Other settings that the finding rests on; if one of them is broken, it is not reported. */
  involves?: readonly Path[];
}

/** A path as a stack file writes it: `access-plane:agents.web.apps[3].publicAddress`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part, i) => {
    if (i === 0) return `${NAMESPACE}:${part}`;
    if (typeof part === "number") return `${text}[${part}]`;
    return /^[A-Za-z_][\w-]*$/.test(part) ? `${text}.${part}` : `${text}[${JSON.stringify(part)}]`;
  }, "");
}

const SECRET_KEY = /^(value|secret|prefix)$/;

/** A value for a message: cut when long, hidden when it may be a secret. */
export function show(value: unknown, path: Path): string {
  const key = path.findLast((part) => typeof part === "string") ?? "";
  const isText = typeof value === "string";
  if (SECRET_KEY.test(key) && typeof value !== "object") return HIDDEN;
  if (isText && (namesSecret(key) || mayBeSecret(value))) return HIDDEN;
  return quoted(value);
}

/** True if one path leads to the other, or both are the same. */
export function related(a: Path, b: Path): boolean {
  const length = Math.min(a.length, b.length);
  return a.slice(0, length).every((part, i) => part === b[i]);
}
