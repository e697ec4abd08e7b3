// What the engine runs.
require("./packages.cjs");
module.exports = require("./bundle.cjs").load("program");
// The engine's loader maps each stack trace in JavaScript, and the SDK takes one for every resource and promise.
Error.prepareStackTrace = undefined;
