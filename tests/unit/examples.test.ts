import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { stackConfig, stackNames } from "../../operations/base/stack-file";
import { main } from "../../operations/cli/main";
import { parseSettings, readConfig } from "../../settings/load";

/** Runs one command line in this process. Returns its exit code and its output. */
async function accessPlane(...args: string[]) {
  const wrote = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr") => ({
    write: (text: string) => (wrote[name] += text),
  });
  const code = await main(args, {
    cwd: process.cwd(),
    env: {},
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    ask: () => Promise.reject(new Error("asked")),
  });
  return { code, ...wrote };
}

describe("the examples", () => {
  const root = "examples";
  for (const name of fs.readdirSync(root)) {
    const folder = path.join(root, name);
    for (const stack of stackNames(folder)) {
      it(`${folder}/Pulumi.${stack}.yaml is a valid stack`, () => {
        const config = readConfig(stackConfig(stack, folder));
        assert.deepEqual(config.problems, []);
        const { problems } = parseSettings(config.raw, folder);
        assert.deepEqual(problems ?? [], []);
      });
    }
  }

  for (const name of fs.readdirSync(root)) {
    const folder = path.join(root, name);

    it(`plan -C ${folder} --stack ${name} works in that folder`, async () => {
      const { code, stdout, stderr } = await accessPlane("plan", "-C", folder, "--stack", name);
      assert.equal(code, 0, stderr);
      assert.match(stdout, new RegExp(`^Stack ${name}: \\d+ resources`));
    });

    it(`${folder} is a project with a schema, a README and no default providers`, () => {
      const text = fs.readFileSync(path.join(folder, `Pulumi.${name}.yaml`), "utf8");
      const [, schema = ""] = /^# yaml-language-server: \$schema=(.*)$/m.exec(text) ?? [];
      assert.equal(path.join(folder, schema), "settings/stack.schema.json");
      assert.match(text, /pulumi:disable-default-providers: \["\*"\]/);
      assert.ok(fs.existsSync(path.join(folder, "README.md")));
      const project = parse(fs.readFileSync(path.join(folder, "Pulumi.yaml"), "utf8")) as {
        name: string;
        runtime: { options: { typescript: boolean } };
      };
      assert.equal(project.name, "access-plane");
      assert.equal(project.runtime.options.typescript, false);
    });

    it(`${folder} shares no files with another stack`, () => {
      assert.deepEqual(stackNames(folder), [name]);
    });
  }

  it("show that a stack of agents takes less than 15 lines", () => {
    const text = fs.readFileSync("examples/remote-agent/Pulumi.remote-agent.yaml", "utf8");
    assert.ok(text.trimEnd().split("\n").length < 15);
  });
});
