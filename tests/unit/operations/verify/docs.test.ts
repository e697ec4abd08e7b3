import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { CHECKS } from "../../../../operations/verify/catalogue";
import { appChecks } from "../../../../operations/verify/checks/apps";
import { reference } from "../../../../operations/verify/output/reference";
import { formatted } from "../../../../teleport/generate/formatted";

const FILE = "docs/verify.md";
const [BEGIN, END] = ["<!-- checks -->", "<!-- end of checks -->"];

describe("docs/verify.md", () => {
  it("lists all checks; after a change run this test with UPDATE_DOCS=1", async () => {
    const text = fs.readFileSync(FILE, "utf8");
    const [head = "", rest = ""] = text.split(BEGIN);
    const tail = rest.split(END)[1] ?? "";
    const wanted = await formatted(
      FILE,
      `${head}${BEGIN}\n\n${reference([...CHECKS, ...(appChecks as unknown as typeof CHECKS)])}\n\n${END}${tail}`,
    );
    if (process.env["UPDATE_DOCS"] !== undefined) fs.writeFileSync(FILE, wanted);
    else assert.equal(text, wanted);
  });

  it("installs the operators in the versions of the guide to the first deployment", () => {
    const guide = fs.readFileSync("docs/first-deployment.md", "utf8");
    const code = fs.readFileSync("operations/verify/checks/kubernetes.ts", "utf8");
    const versions = [...code.matchAll(/--version (\S+)/g)].map(([flag]) => flag);
    assert.equal(versions.length, 2);
    for (const flag of versions) assert.ok(guide.includes(`${flag} \\\n`), flag);
  });

  it("has each check's id once", () => {
    const ids = [...CHECKS, ...appChecks].map(({ id }) => id);
    assert.deepEqual([...new Set(ids)], ids);
    for (const { id, needs = [] } of CHECKS) {
      assert.match(id, /^[a-z]+\.[a-z0-9-]+$/);
      for (const need of needs) assert.ok(ids.includes(need), `${id} needs ${need}`);
    }
  });
});
