import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

const NONSENSE = {
  KUBECONFIG: "/nowhere/kubeconfig",
  VAULT_ADDR: "https://vault.invalid",
  VAULT_TOKEN: "not-a-token",
  AWS_PROFILE: "nobody",
  AWS_REGION: "nowhere-1",
  AWS_ENDPOINT_URL: "http://aws.invalid",
  PULUMI_BACKEND_URL: "file:///nowhere",
  PULUMI_CONFIG: '{"access-plane:clusterName":"nowhere.invalid"}',
};

describe("the environment of the tests", () => {
  it("has no variables of the caller", function () {
    this.timeout(120_000);
    const mocha = require.resolve("mocha/bin/mocha.js");
    const output = execFileSync(
      process.execPath,
      [mocha, "tests/unit/golden.test.ts", "--grep", "prod is the reviewed plan"],
      {
        env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...NONSENSE },
        encoding: "utf8",
      },
    );
    assert.match(output, /1 passing/);
    assert.deepEqual(
      Object.keys(NONSENSE).filter((name) => process.env[name] !== undefined),
      [],
    );
  });
});
