import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { main } from "../../../operations/cli/main";
import { processContext } from "../../../operations/base/context";
import { parseSettings, readConfig } from "../../../settings/load";

const PICTURE = "docs/plane.svg";

describe("README.md", () => {
  const text = fs.readFileSync("README.md", "utf8");

  it("shows the plane's current picture; after a change run npm run generate:picture", async function () {
    this.timeout(60_000);
    assert.ok(text.includes(`](${PICTURE})`));
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-readme-"));
    try {
      const file = path.join(folder, "plane.svg");
      const args = ["graph", "--stack", "prod", "--source", "plan", "--output", file];
      const context = {
        ...processContext(),
        stdout: { write: () => true },
        stderr: { write: () => true },
      };
      assert.equal(await main(args, context), 0);
      assert.equal(fs.readFileSync(PICTURE, "utf8"), fs.readFileSync(file, "utf8"));
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
    assert.ok(fs.statSync(PICTURE).size < 100_000);
  });

  it("shows a stack file that is valid, without default providers", () => {
    const [, shown = ""] = /```yaml\n(.*?)```/s.exec(text) ?? [];
    const { config } = parse(shown) as { config: Record<string, unknown> };
    assert.deepEqual(config["pulumi:disable-default-providers"], ["*"]);
    const asEngine = Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    const read = readConfig(Object.fromEntries(asEngine) as Record<string, string>);
    assert.deepEqual(read.problems, []);
    const { problems = [], warnings } = parseSettings(read.raw, process.cwd());
    assert.deepEqual([...problems, ...warnings], []);
  });

  it("lists every folder", () => {
    const hidden = new Set(["node_modules", "bin"]);
    const folders = fs
      .readdirSync(".", { withFileTypes: true })
      .filter(
        (entry) => entry.isDirectory() && !entry.name.startsWith(".") && !hidden.has(entry.name),
      );
    for (const { name } of folders) assert.ok(text.includes(`\`${name}/\``), name);
  });
});
