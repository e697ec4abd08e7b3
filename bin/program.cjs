// What the engine runs: the program as one file, else through the loader of the commands.
const loader = require("node:module");
require("./packages.cjs");
const { programFile } = require("./program-file.cjs");

const made = programFile();
if (made === undefined) require("./typescript.cjs");
// The engine's loader maps each stack trace in JavaScript, and the SDK takes one for every resource and promise.
Error.prepareStackTrace = undefined;
if (made === undefined) {
  module.exports = require("../index.ts");
} else {
  const program = new loader.Module(made.file, module);
  program.filename = made.file;
  program.paths = module.paths;
  program._compile(made.text, made.file);
  module.exports = program.exports;
}
