// As bin/program.cjs does it.
require("../../../bin/typescript.cjs");
Error.prepareStackTrace = undefined;
module.exports = require("./index.ts");
