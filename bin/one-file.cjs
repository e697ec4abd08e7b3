const fs = require("node:fs");
const path = require("node:path");

/** A package and what it needs as one file in a folder, made by esbuild once for each version. */
function oneFile(name, folder) {
  const entry = require.resolve(name);
  const { version } = require(`${name}/package.json`);
  const file = path.join(folder, `${name.replaceAll("/", "+")}-${version}.min.cjs`);
  if (fs.existsSync(file)) return file;
  const unfinished = `${file}.${process.pid}`;
  require("esbuild").buildSync({
    entryPoints: [entry],
    outfile: unfinished,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    // Half of the Kubernetes client is comments.
    minifyWhitespace: true,
    // Optional parts of the package `ws`, which does without them.
    external: ["bufferutil", "utf-8-validate"],
    logLevel: "error",
  });
  fs.renameSync(unfinished, file);
  return file;
}

module.exports = { oneFile };
