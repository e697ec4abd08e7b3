import Ajv from "ajv";
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { EXIT } from "../../../../operations/base/exit-codes";
import { main } from "../../../../operations/cli/main";
import type { StackResource } from "../../../../operations/fleet/stack-resources";
import schema from "./stack-resource.schema.json";

/** Names and types of a Stack's `spec`, from the CRD of the Pulumi Kubernetes Operator. */
const validate = new Ajv({ strict: false }).compile(schema);

describe("the fleet", () => {
  let cwd: string;
  before(() => {
    cwd = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-fleet-"));
    fs.writeFileSync(path.join(cwd, "Pulumi.yaml"), "name: access-plane\n");
    fs.writeFileSync(path.join(cwd, "Pulumi.prod.yaml"), "config: {}\n");
    const plane = "config:\n  access-plane:plane: { stack: organization/access-plane/prod }\n";
    fs.writeFileSync(path.join(cwd, "Pulumi.agent-a.yaml"), plane);
  });
  after(() => fs.rmSync(cwd, { recursive: true }));

  const run = async (...flags: string[]) => {
    const out = { stdout: "", stderr: "" };
    const code = await main(["fleet", "--repo", "https://example.com/plane.git", ...flags], {
      cwd,
      env: {},
      stdout: { write: (text) => (out.stdout += text) },
      stderr: { write: (text) => (out.stderr += text) },
      ask: () => Promise.reject(new Error("no terminal")),
    });
    return { code, ...out };
  };
  const all = ["--stacks", "*", "--branch", "main"];

  it("quotes words that kubectl reads as booleans", async () => {
    const { stdout } = await run("--stacks", "*", "--branch", "on");
    assert.match(stdout, /^ {2}branch: "on"$/m);
  });

  it("has one Stack object per stack, as the operator's definition requires", async () => {
    const { code, stdout } = await run(
      ...[...all, "--backend", "s3://state?region=eu-central-1", "--repo-dir", "plane"],
      ...[
        "--secrets-provider",
        "hashivault://pulumi",
        "--env-secret",
        "deployer:VAULT_TOKEN,AWS_ROLE",
      ],
      ...["--git-secret", "git", "--resync", "1h"],
    );
    assert.equal(code, EXIT.OK);
    const resources = parseAllDocuments(stdout).map((document) => document.toJS() as StackResource);
    assert.deepEqual(
      resources.map(({ apiVersion, kind, metadata }) => [apiVersion, kind, metadata.name]),
      [
        ["pulumi.com/v1", "Stack", "access-plane-agent-a"],
        ["pulumi.com/v1", "Stack", "access-plane-prod"],
      ],
    );
    for (const { spec } of resources) {
      assert.ok(validate(spec), JSON.stringify(validate.errors));
      assert.deepEqual((spec["envRefs"] as Record<string, unknown>)["VAULT_TOKEN"], {
        type: "Secret",
        secret: { name: "deployer", key: "VAULT_TOKEN" },
      });
      assert.equal(spec["destroyOnFinalize"], false);
      assert.equal(spec["resyncFrequencySeconds"], 3600);
    }
    const [agent, plane] = resources;
    assert.equal(agent?.spec["stack"], "organization/access-plane/agent-a");
    assert.deepEqual(agent.spec["prerequisites"], [{ name: "access-plane-prod" }]);
    assert.equal(plane?.spec["prerequisites"], undefined);
  });

  it("detects a field that the definition does not have", () => {
    assert.equal(validate({ stack: "a/b/c", branche: "main" }), false);
    assert.equal(validate({ stack: "a/b/c", envRefs: { A: { secret: { name: "n" } } } }), false);
  });

  it("refuses values in place of names, and half a source", async () => {
    const wrong = [
      [...all, "--env-secret", "VAULT_TOKEN=abc"],
      [...all, "--commit", "abc"],
      ["--stacks", "*"],
      ["--stacks", "nobody-*", "--branch", "main"],
      [...all, "--repo", "https://eve:word@example.com/plane.git"],
    ];
    for (const flags of wrong)
      assert.equal((await run(...flags)).code, EXIT.USAGE, flags.join(" "));
  });
});
