// Like bin/program.cjs.
require("../../../bin/typescript.cjs");
Error.prepareStackTrace = undefined;
module.exports = require("./index.ts");
