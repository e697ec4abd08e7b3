// How packages are loaded: V8 keeps what it compiled of them, the Kubernetes client is one file, and
// Pulumi's serializer waits until it is called.
const fs = require("node:fs");
const loader = require("node:module");
const os = require("node:os");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const v8 = require("node:v8");
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

// The SDK sets it in every program that the engine starts, and V8 takes compiled code back only under the flags that
// it was made under: programs and commands would make it for each other anew.
v8.setFlagsFromString("--allow-natives-syntax");

const cache = cacheFolder();
// What V8 made of the packages is kept too: half of what starting costs.
if (cache !== undefined) {
  // The engine starts Node.js for the program, which reads it from there.
  process.env.NODE_COMPILE_CACHE ||= cache;
  loader.enableCompileCache(process.env.NODE_COMPILE_CACHE);
}

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

/** Its 900 modules take 0.9 seconds of CPU to load; as one file it takes a third of that. */
const KUBERNETES_CLIENT = "@kubernetes/client-node";
let kubernetesClient;

loader.registerHooks({
  resolve(specifier, context, next) {
    if (specifier !== KUBERNETES_CLIENT || cache === undefined) return next(specifier, context);
    kubernetesClient ??= pathToFileURL(oneFile(KUBERNETES_CLIENT, cache)).href;
    return { url: kubernetesClient, format: "commonjs", shortCircuit: true };
  },
});

module.exports = { cache };
