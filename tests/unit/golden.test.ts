import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { planStack } from "../../operations/plan/plan-stack";
import { planText } from "../../operations/plan/text";

const UPDATE = process.env["UPDATE_GOLDEN"] === "1";

describe("the plan of a committed stack", () => {
  for (const stack of ["prod", "sandbox"]) {
    it(`${stack} is the reviewed plan (UPDATE_GOLDEN=1 updates it)`, async () => {
      const file = path.join(__dirname, "golden", `${stack}.json`);
      const plan = await planStack(stack);
      // The files of a local chart are reviewed by themselves.
      const text = `${JSON.stringify(plan, undefined, 2)}\n`.replace(
        /"chart files [0-9a-f]+"/g,
        '"chart files …"',
      );
      if (UPDATE) fs.writeFileSync(file, text);
      assert.deepEqual(JSON.parse(text), JSON.parse(fs.readFileSync(file, "utf8")));
    });
  }

  it("is the same every time", async () => {
    assert.deepEqual(await planStack("prod"), await planStack("prod"));
  });

  it("lists each resource after its dependencies", async () => {
    const seen = new Set<string>();
    for (const { type, name, waitsFor } of await planStack("sandbox")) {
      for (const earlier of waitsFor) assert.ok(seen.has(earlier), `${name} before ${earlier}`);
      seen.add(`${type.split(":").at(-1) ?? ""} ${name}`);
    }
  });

  it("is printed as numbered steps, grouped by part", async () => {
    const text = planText("prod", await planStack("prod"));
    assert.match(text, /^Stack prod: \d+ resources, in the order they are created\n/);
    assert.match(
      text,
      /\nnode-port\n +\d+ {2}ServicePatch teleport\/teleport\n +port 443 → node port 30443\n/,
    );
    assert.match(text, /app https:\/\/zot\.lumie-infra\.com → http:\/\/zot\.zot\.svc/);
  });

  it("lists only the problems if the settings are invalid", async () => {
    const cwd = fs.mkdtempSync(path.join(os.tmpdir(), "plan-"));
    const good = fs.readFileSync("Pulumi.prod.yaml", "utf8");
    fs.writeFileSync(path.join(cwd, "Pulumi.bad.yaml"), good.replace("30443", "80"));
    fs.writeFileSync(
      path.join(cwd, "index.ts"),
      `require(${JSON.stringify(path.resolve("settings/load"))}).loadSettings();`,
    );
    await assert.rejects(planStack("bad", { cwd }), {
      message:
        '1 problem in the settings of stack "bad" (Pulumi.bad.yaml):\n' +
        "  access-plane:nodePort\n      is 80, must be a node port, 30000-32767.",
    });
    fs.rmSync(cwd, { recursive: true });
  });

  it("suggests the existing stacks for an unknown name", async () => {
    await assert.rejects(planStack("prd"), {
      message: 'there is no stack "prd": choose one of prod, sandbox, or add Pulumi.prd.yaml.',
    });
  });
});
