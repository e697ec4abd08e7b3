// Runs the TypeScript of this repository as it is; tsx keeps what it compiled.
const loader = require("node:module");
const { pathToFileURL } = require("node:url");
const { cache } = require("./packages.cjs");

const { TMPDIR } = process.env;
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

// `import()` of a file named without extension is `require` of it; tsx's own hooks for that need a
// thread of their own.
loader.registerHooks({
  resolve(specifier, context, next) {
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
