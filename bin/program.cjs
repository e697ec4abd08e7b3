// What the engine runs: the program, through the loader of the commands, which keeps what it compiled.
require("./typescript.cjs");
// The engine's loader maps each stack trace in JavaScript, and the SDK takes one for every resource and promise.
Error.prepareStackTrace = undefined;
module.exports = require("../index.ts");
