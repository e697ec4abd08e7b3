const { spawnSync } = require("node:child_process");
const { isAscii } = require("node:buffer");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const loader = require("node:module");
const path = require("node:path");
const vm = require("node:vm");
const { crc32 } = require("node:zlib");

/**
 * Program and commands with their packages as one file, which esbuild makes: to find, read and compile 700
 * files took longer than all that the program does. Its first line lists what it was made of. Run as a
 * program, this file makes it, or prints its source map.
 */
const ROOT = path.resolve(__dirname, "..");
const PACKAGES = path.join(ROOT, "node_modules");
const FOLDER = path.join(PACKAGES, ".cache/access-plane");
const FILE = path.join(FOLDER, "bundle.cjs");

/** What is in it, by name. */
const ENTRIES = { program: "index.ts", commands: "operations/cli/main.ts" };

/** Packages that are no part of it: it shares the SDK with the engine's entry point, and few commands load the others. */
const EXTERNAL = [
  ...["@pulumi/pulumi", "@pulumi/pulumi/*", "@kubernetes/client-node", "@aws-sdk/*"],
  ...["ajv", "elkjs", "esbuild", "log-update", "pg", "tar", "xmlbuilder2"],
];

/** The only source that sees its own folder: others would have to be read here, one by one. */
const CHECKOUT = /[\\/]teleport[\\/]checkout\.ts$/;

/** What says of a file of any checkout that it is another one. */
function stampOf(file) {
  const found = fs.statSync(path.join(ROOT, file), { throwIfNoEntry: false });
  return found === undefined ? "" : [found.size, found.mtimeMs, found.ctimeMs].join(" ");
}

/** The file's text, if it is whole and made of the files as they are now. */
function current() {
  try {
    const bytes = fs.readFileSync(FILE);
    // V8 takes a text of ASCII as it is. Others it decodes, and then has twice as much to read.
    const text = bytes.toString(isAscii(bytes) ? "latin1" : "utf8");
    const end = text.indexOf("\n");
    const { length, madeOf } = JSON.parse(text.slice(2, end));
    const same = Object.entries(madeOf).every(([file, stamp]) => stampOf(file) === stamp);
    return same && text.length - end - 1 === length ? text : undefined;
  } catch {
    // It is not there, or a crash of the machine left a part of it: it is made.
    return undefined;
  }
}

/** The text, made if it has to be; undefined where esbuild cannot make it, or not write it. */
function bundled() {
  // Where it is a link, another checkout keeps its own there.
  const packages = fs.lstatSync(PACKAGES, { throwIfNoEntry: false });
  if (packages?.isDirectory() !== true) return undefined;
  const text = current();
  if (text !== undefined) return text;
  const { status } = spawnSync(process.execPath, [__filename], { stdio: "ignore" });
  return status === 0 ? current() : undefined;
}

/** What an entry exports: from the bundle, else from the sources, whose loader says what is wrong with them. */
function load(name) {
  const text = bundled();
  if (text === undefined) {
    require("./typescript.cjs");
    return require(path.join(ROOT, ENTRIES[name]));
  }
  const bundle = new loader.Module(FILE, module);
  bundle.filename = FILE;
  run(bundle, text, name);
  standIn(path.join(ROOT, ENTRIES.program), bundle.exports.program);
  // The program of another folder, which a plan runs.
  loader._extensions[".ts"] = (...args) => {
    require("./typescript.cjs");
    loader._extensions[".ts"](...args);
  };
  return bundle.exports[name]();
}

/**
 * Runs the bundle as a module, with what V8 compiled of it in an earlier run of this entry: every function that was
 * called. Node.js keeps those of the start only. V8 knows a text by its length, so the first line is in the name.
 */
function run(bundle, text, name) {
  const madeOf = createHash("sha256")
    .update(text.slice(0, text.indexOf("\n")))
    .digest("hex");
  const file = `${FILE}.${name}.${madeOf.slice(0, 16)}`;
  const cachedData = compiled(file);
  const script = new vm.Script(loader.wrap(text), { filename: FILE, cachedData });
  script.runInThisContext()(bundle.exports, loader.createRequire(FILE), bundle, FILE, FOLDER);
  if (script.cachedDataRejected === false) return;
  process.once("exit", () => {
    try {
      const data = script.createCachedData();
      writeWhole(file, Buffer.concat([checksum(data), data]));
    } catch {
      // The next run compiles it once more.
    }
  });
}

/** V8 would run what is damaged. */
const checksum = (data) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(crc32(data));
  return bytes;
};

/** What a file holds, if it is there and whole. */
function compiled(file) {
  const bytes = fs.existsSync(file) ? fs.readFileSync(file) : Buffer.alloc(0);
  const data = bytes.subarray(4);
  return checksum(data).equals(bytes.subarray(0, 4)) ? data : undefined;
}

/** Gives who requires a file what the bundle has of it. */
function standIn(file, get) {
  const stub = new loader.Module(file);
  Object.defineProperty(stub, "exports", { get });
  stub.loaded = true;
  require.cache[file] = stub;
}

/** Makes it in memory, with further options of esbuild. */
function build(options) {
  const exported = Object.entries(ENTRIES).map(
    ([name, file]) => `exports.${name} = () => require("./${file}");`,
  );
  return require("esbuild").build({
    absWorkingDir: ROOT,
    stdin: { contents: exported.join("\n"), resolveDir: ROOT },
    bundle: true,
    write: false,
    minifyWhitespace: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    // `import()` of a package reads all of its text once more, for names of exports.
    supported: { "dynamic-import": false },
    outfile: FILE,
    external: EXTERNAL,
    logLevel: "error",
    plugins: [{ name: "folder", setup: keepFolder }],
    ...options,
  });
}

async function make() {
  const began = Date.now();
  const { metafile, outputFiles } = await build({ metafile: true });
  const own = Object.keys(metafile.inputs).filter((file) => fs.existsSync(path.join(ROOT, file)));
  // What npm installed says which packages there are.
  const installed = ["package-lock.json", "node_modules/.package-lock.json"];
  const sources = [
    ...own.filter((file) => !file.includes("node_modules/")),
    ...[...installed, "tsconfig.json", path.relative(ROOT, __filename)],
  ];
  const changed = sources.some((file) => fs.statSync(path.join(ROOT, file)).mtimeMs >= began);
  if (changed) throw new Error("a source was written meanwhile");
  const madeOf = Object.fromEntries(sources.map((file) => [file, stampOf(file)]));
  const [{ text }] = outputFiles;
  fs.mkdirSync(FOLDER, { recursive: true });
  // What V8 compiled of an earlier one.
  const earlier = fs.readdirSync(FOLDER).filter((name) => /\.[0-9a-f]{16}$/.test(name));
  earlier.forEach((name) => fs.rmSync(path.join(FOLDER, name), { force: true }));
  writeWhole(FILE, `//${JSON.stringify({ length: text.length, madeOf })}\n${text}`);
}

/** Prints the source map of the file, which takes a fifth longer to make and only an unexpected error needs. */
async function printMap() {
  if (current() === undefined) throw new Error("a source has changed since the file was made");
  const { outputFiles } = await build({ sourcemap: "external", sourcesContent: false });
  // The first line is of no source.
  process.stdout.write(outputFiles[0].text.replace('"mappings": "', '"mappings": ";'));
}

/** Writes a file so that nobody reads a part of it. */
function writeWhole(file, text) {
  const unfinished = `${file}.${process.pid}`;
  fs.writeFileSync(unfinished, text);
  fs.renameSync(unfinished, file);
}

/** Tells the source that asks for it where the checkout is. */
function keepFolder(build) {
  build.onLoad({ filter: CHECKOUT }, ({ path: file }) => {
    const folder = `const __dirname = ${JSON.stringify(path.dirname(file))};`;
    return { contents: `${folder}${fs.readFileSync(file, "utf8")}`, loader: "ts" };
  });
}

if (require.main === module) {
  (process.argv[2] === "map" ? printMap : make)().catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  });
}

module.exports = { load };
