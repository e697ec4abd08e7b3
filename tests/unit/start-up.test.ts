import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as path from "node:path";

const ROOT = path.resolve(__dirname, "../..");

/** Runs a script in a new process with the loader of the commands. Returns its JSON output. */
function inNewProcess(script: string): unknown {
  const code = `require("./bin/typescript.cjs");${script}`;
  return JSON.parse(execFileSync(process.execPath, ["-e", code], { cwd: ROOT, encoding: "utf8" }));
}

describe("modules that a command loads", function () {
  this.timeout(120_000);

  it("include no TypeScript and no npm, and only the used parts of the providers' SDKs", () => {
    const loaded = inNewProcess(`
      require("@pulumi/pulumi");
      require("./index.ts");
      console.log(JSON.stringify(Object.keys(require.cache)));`) as string[];
    const whole =
      /node_modules\/(typescript\/lib|@npmcli\/arborist|@pulumi\/(aws|kubernetes|vault)\/index\.js|@pulumi\/kubernetes\/yaml)/;
    assert.deepEqual(
      loaded.filter((file) => whole.test(file)),
      [],
    );
  });

  it("include the Kubernetes client as one file, under one name", () => {
    const [files, same] = inNewProcess(`
      const { KubeConfig } = require("./operations/base/kube-config.ts") && require("@kubernetes/client-node");
      import("@kubernetes/client-node").then((imported) =>
        console.log(JSON.stringify([Object.keys(require.cache), imported.KubeConfig === KubeConfig])));`) as [
      string[],
      boolean,
    ];
    assert.deepEqual(
      files.filter((file) => /node_modules\/@kubernetes\/.*\.js$/.test(file)),
      [],
    );
    assert.ok(files.some((file) => file.includes("@kubernetes+client-node-")));
    assert.ok(same);
  });

  it("can still serialize functions", () => {
    const text = inNewProcess(`
      const { runtime } = require("@pulumi/pulumi");
      const add = (a, b) => a + b;
      runtime.serializeFunction(add).then(({ text }) => console.log(JSON.stringify(text)));`);
    assert.match(String(text), /return \(a, b\) => a \+ b;/);
  });
});
