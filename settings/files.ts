import * as fs from "node:fs";
import * as path from "node:path";
import { Minimatch } from "minimatch";

/**
 * Reads the files that settings name. Settings cannot make the program read a file outside the stack's folder, or
 * keep it busy: patterns, folders and files have limits.
 */

/** Most patterns that the braces of one pattern may expand to. */
const MOST_PATTERNS = 256;
const LONGEST_PATTERN = 256;
/** Most `*` in one part of a pattern: the time for matching grows exponentially with them. */
const MOST_STARS = 4;
/** Most files and folders that one pattern may search. */
const MOST_ENTRIES = 100_000;
const LARGEST_FILE = 1024 * 1024;

/** Result for a pattern or a file, or its fault, which completes "<place> …". */
export type Found<T> = { found: T; fault?: undefined } | { found?: undefined; fault: string };

const fault = (text: string): { fault: string } => ({ fault: text });

/** True for a path that can lead out of a folder. */
function leadsOut(file: string): boolean {
  return path.isAbsolute(file) || /^[A-Za-z]:/.test(file) || file.split(/[\\/]/).includes("..");
}

/** Path of an existing file or folder without links. */
type RealPath = (file: string) => string;

// The native version is one call for all folders of a path.
const realPath: RealPath = (file) => fs.realpathSync.native(file);

/** Asks for each path once: thousands of files are in the same folders. For one reading of settings. */
export function rememberRealPaths(): RealPath {
  const known = new Map<string, string>();
  return (file) => {
    const found = known.get(file) ?? realPath(file);
    known.set(file, found);
    return found;
  };
}

/** True for a path in a folder, after resolving links. */
function isBelow(file: string, folder: string, real: RealPath = realPath): boolean {
  const relative = path.relative(real(folder), file);
  return relative !== "" && !leadsOut(relative);
}

/**
 * Reads a file in or below a folder, by its path relative to that folder. `real` resolves links of folders.
 */
export function readInside(file: string, folder: string, real = realPath): Found<string> {
  if (leadsOut(file)) return fault("is outside the stack file's folder");
  const whole = path.join(folder, file);
  try {
    const entry = fs.lstatSync(whole);
    const isLink = entry.isSymbolicLink();
    // All files of a folder are below or not: a comparison of texts is enough.
    const [directory, root] = [real(path.dirname(whole)), real(folder)];
    const below = isLink
      ? isBelow(realPath(whole), folder, real)
      : directory === root || directory.startsWith(path.join(root, path.sep));
    if (!below) {
      return fault("is a link that leads out of the stack file's folder");
    }
    const stat = isLink ? fs.statSync(whole) : entry;
    if (!stat.isFile()) return fault("is not a file");
    if (stat.size > LARGEST_FILE) return fault(`has more than ${LARGEST_FILE / 1024} KiB`);
    return { found: fs.readFileSync(whole, "utf8") };
  } catch (error) {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    return fault(code === "ENOENT" ? "is not there" : `cannot be read (${code})`);
  }
}

/** Files below a folder that may match, as paths with `/`. Undefined if there are too many. */
function walk(folder: string, below: string, depth: number): string[] | undefined {
  const files: string[] = [];
  const open: [string, number][] = [[below, 1]];
  let seen = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [at, level] = next;
    const inside = fs
      .readdirSync(path.join(folder, at), { withFileTypes: true })
      .filter(({ name }) => !name.startsWith(".") && name !== "node_modules");
    seen += inside.length;
    if (seen > MOST_ENTRIES) return undefined;
    for (const entry of inside) {
      const file = at === "." ? entry.name : `${at}/${entry.name}`;
      if (entry.isDirectory() && level < depth) open.push([file, level + 1]);
      // Links to files count as files. Links to folders are not followed, so there are no circles.
      if (entry.isFile() || (entry.isSymbolicLink() && !isFolder(path.join(folder, file)))) {
        files.push(file);
      }
    }
  }
  return files;
}

/** True for a folder. Other errors show when the file is read. */
function isFolder(file: string): boolean {
  try {
    return fs.statSync(file).isDirectory();
  } catch {
    return false;
  }
}

const isPlain = (part: string) => !/[*?[\]{}()!+@\\]/.test(part);

/** Why a pattern is refused. */
function patternFault(pattern: string): string | undefined {
  if (pattern.length > LONGEST_PATTERN) {
    return `is a pattern of ${pattern.length} characters: use at most ${LONGEST_PATTERN}`;
  }
  const busiest = Math.max(...pattern.split("/").map((part) => part.split("*").length - 1));
  return busiest > MOST_STARS
    ? `has ${busiest} * in one part of the path: use at most ${MOST_STARS}`
    : undefined;
}

/** Files below a folder that match a path or a pattern: relative paths with `/`, sorted. */
export function filesMatching(pattern: string, folder: string): Found<string[]> {
  const early = patternFault(pattern);
  if (early !== undefined) return fault(early);
  const matcher = new Minimatch(path.posix.normalize(pattern), {
    braceExpandMax: MOST_PATTERNS + 1,
    nocomment: true,
    nonegate: true,
    noext: true,
  });
  const patterns = matcher.globSet;
  if (patterns.length > MOST_PATTERNS) {
    return fault(`expands to more than ${MOST_PATTERNS} patterns: write fewer braces`);
  }
  const all = patterns.map((one) => one.split("/"));
  // `[.]` is a dot, too.
  if (patterns.some((one) => leadsOut(one.replace(/\[\.+\]/g, ".")))) {
    return fault("may lead outside the stack file's folder: name files below it");
  }
  const first = all[0] ?? [];
  // minimatch keeps a long range of numbers as one part without braces. That part is not a folder name.
  const written = new Set(pattern.split("/"));
  const plain = first.findIndex(
    (part, i) => !all.every((one) => one[i] === part) || !isPlain(part) || !written.has(part),
  );
  const below = path.posix.join(
    ...first.slice(0, Math.min(plain < 0 ? Infinity : plain, first.length - 1)),
    ".",
  );
  const deep = all.some((one) => one.includes("**"));
  const depth = deep
    ? Infinity
    : Math.max(...all.map(({ length }) => length)) -
      below.split("/").filter((part) => part !== ".").length;
  const whole = path.join(folder, below);
  if (!isFolder(whole)) return { found: [] };
  if (below !== "." && !isBelow(realPath(whole), folder)) {
    return fault("leads out of the stack file's folder by a link: name files below it");
  }
  const files = walk(folder, below, depth);
  return files === undefined
    ? fault(`has more than ${MOST_ENTRIES} files to look through: name a folder of its own`)
    : { found: files.filter((file) => matcher.match(file)).sort() };
}
