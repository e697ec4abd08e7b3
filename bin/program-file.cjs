const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

/**
 * The program and its packages as one file, which esbuild makes: to find, read and compile 700 files took
 * longer than all that the program does. Its first line lists what it was made of. Run as a program, this
 * file makes it.
 */
const ROOT = path.resolve(__dirname, "..");
const FILE = path.join(ROOT, "node_modules/.cache/access-plane/program.cjs");

/** What says of a file of any checkout that it is another one. */
function stampOf(file) {
  const found = fs.statSync(path.join(ROOT, file), { throwIfNoEntry: false });
  return found === undefined ? "" : [found.size, found.mtimeMs, found.ctimeMs].join(" ");
}

/** The file's text, if it is whole and made of the files as they are now. */
function current() {
  try {
    const text = fs.readFileSync(FILE, "utf8");
    const end = text.indexOf("\n");
    const { length, madeOf } = JSON.parse(text.slice(2, end));
    const same = Object.entries(madeOf).every(([file, stamp]) => stampOf(file) === stamp);
    return same && text.length - end - 1 === length ? text : undefined;
  } catch {
    // It is not there, or a crash of the machine left a part of it: it is made.
    return undefined;
  }
}

/** Its name and text; undefined where esbuild cannot make it, or not write it. */
function programFile() {
  const text = current();
  if (text !== undefined) return { file: FILE, text };
  const { status } = spawnSync(process.execPath, [__filename], { stdio: "ignore" });
  const made = status === 0 ? current() : undefined;
  return made && { file: FILE, text: made };
}

async function make() {
  const began = Date.now();
  const { metafile, outputFiles } = await require("esbuild").build({
    absWorkingDir: ROOT,
    entryPoints: ["index.ts"],
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    keepNames: true,
    outfile: FILE,
    // The engine's entry point has loaded the SDK; the Kubernetes client is a file of its own.
    external: ["@pulumi/pulumi", "@pulumi/pulumi/*", "@kubernetes/client-node"],
    logLevel: "error",
    plugins: [{ name: "folders", setup: keepFolders }],
  });
  const own = Object.keys(metafile.inputs).filter((file) => !file.includes("node_modules/"));
  // What npm installed says which packages there are.
  const installed = ["package-lock.json", "node_modules/.package-lock.json"];
  const sources = [...own, ...installed, "tsconfig.json", path.relative(ROOT, __filename)];
  const changed = sources.some((file) => fs.statSync(path.join(ROOT, file)).mtimeMs >= began);
  if (changed) throw new Error("a source was written meanwhile");
  const madeOf = Object.fromEntries(sources.map((file) => [file, stampOf(file)]));
  const unfinished = `${FILE}.${process.pid}`;
  fs.mkdirSync(path.dirname(FILE), { recursive: true });
  const [{ text }] = outputFiles;
  fs.writeFileSync(unfinished, `//${JSON.stringify({ length: text.length, madeOf })}\n${text}`);
  fs.renameSync(unfinished, FILE);
}

/** Lets a source see its own folder, where it reads files beside it. */
function keepFolders(build) {
  build.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
    const contents = fs.readFileSync(file, "utf8");
    if (file.includes("/node_modules/") || !contents.includes("__dirname")) return undefined;
    const folder = `const __dirname = ${JSON.stringify(path.dirname(file))};`;
    return { contents: `${folder}${contents}`, loader: "ts" };
  });
}

if (require.main === module) {
  make().catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  });
}

module.exports = { programFile };
