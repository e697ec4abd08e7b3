// Runs the TypeScript of this repository as it is; tsx keeps what it compiled.
const fs = require("node:fs");
const loader = require("node:module");
const os = require("node:os");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { oneFile } = require("./one-file.cjs");

/**
 * Where compiled code is kept: a folder of the user's own. In the shared temporary folder somebody else
 * could make it first, and put other code there. Undefined where the home folder cannot be written.
 */
function cacheFolder() {
  const home = process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache");
  const folder = path.join(home, "access-plane", "compiled");
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.accessSync(folder, fs.constants.W_OK);
    return folder;
  } catch {
    return undefined;
  }
}

const { TMPDIR } = process.env;
const cache = cacheFolder();
// What V8 made of the packages is kept too: half of what starting costs.
if (cache !== undefined) {
  // The engine starts Node.js for the program, which reads it from there.
  process.env.NODE_COMPILE_CACHE ||= cache;
  loader.enableCompileCache(process.env.NODE_COMPILE_CACHE);
}
// tsx keeps its own below the temporary folder, which it asks for once.
if (cache === undefined) process.env.TSX_DISABLE_CACHE = "1";
else process.env.TMPDIR = cache;
// Packages are JavaScript already: tsx would read and parse each of their files once more.
const javascript = loader._extensions[".js"];
require("tsx/cjs");
loader._extensions[".js"] = javascript;
// tsx has Node.js map positions in packages, too, whose maps help nobody here.
loader.setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
if (TMPDIR === undefined) delete process.env.TMPDIR;
else process.env.TMPDIR = TMPDIR;

/** Its 900 modules take 0.9 seconds of CPU to load; as one file it takes a third of that. */
const KUBERNETES_CLIENT = "@kubernetes/client-node";
let kubernetesClient;

/** Has a file of a package loaded when one of its functions is called. */
function loadWhenCalled(file) {
  const stub = new loader.Module(file);
  const load = () => {
    if (require.cache[file] === stub) delete require.cache[file];
    return require(file);
  };
  const get =
    (_, name) =>
    (...args) =>
      load()[name](...args);
  stub.exports = new Proxy({}, { get });
  stub.loaded = true;
  require.cache[file] = stub;
}
// Pulumi's serializer of functions, which nothing here uses, loads TypeScript and npm's arborist.
loadWhenCalled(require.resolve("@pulumi/pulumi/runtime/closure/serializeClosure"));
loadWhenCalled(require.resolve("@pulumi/pulumi/runtime/closure/codePaths"));

// `import()` of a file named without extension is `require` of it; tsx's own hooks for that need a
// thread of their own.
loader.registerHooks({
  resolve(specifier, context, next) {
    if (specifier === KUBERNETES_CLIENT && cache !== undefined) {
      kubernetesClient ??= pathToFileURL(oneFile(KUBERNETES_CLIENT, cache)).href;
      return { url: kubernetesClient, format: "commonjs", shortCircuit: true };
    }
    const asked = context.conditions.includes("import") && /^[./].*\/[^.]+$/.test(specifier);
    if (!asked || context.parentURL?.includes("/node_modules/")) return next(specifier, context);
    const file = loader.createRequire(context.parentURL).resolve(specifier);
    return { url: pathToFileURL(file).href, format: "commonjs", shortCircuit: true };
  },
  load(url, context, next) {
    const ours = url.endsWith(".ts") && context.format === "commonjs";
    return ours ? { format: "commonjs", source: null, shortCircuit: true } : next(url, context);
  },
});
