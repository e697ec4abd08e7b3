import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import type { Context } from "../../../operations/base/context";
import { main } from "../../../operations/cli/main";
import { overlay, type Config } from "./access-setups";

const FILE = "docs/access-model.md";
const PICTURE = "docs/access.svg";
const UPDATE = process.env["UPDATE_GOLDEN"] !== undefined;

/** The words of a command line, as in a shell. Quotes keep spaces. */
function words(command: string): string[] {
  const found = command.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
  return found.map((word) => word.replaceAll('"', ""));
}

describe(FILE, () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-model-"));
  after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const text = fs.readFileSync(FILE, "utf8");

  it("shows the output of its commands for its settings", async () => {
    const prod = parse(fs.readFileSync("Pulumi.prod.yaml", "utf8")) as { config: Config };
    const settings = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(
      ([, block = ""]) => (parse(block) as { config: Config }).config,
    );
    assert.equal(settings.length, 2);
    let config = prod.config;
    for (const [index, stack] of ["mine", "changed"].entries()) {
      config = overlay(config, settings[index] ?? {});
      fs.writeFileSync(path.join(folder, `Pulumi.${stack}.yaml`), stringify({ config }));
    }
    let shown = text;
    const examples = /^```sh\nbin\/access-plane ([^\n]*)\n```\n\n```text\n(.*?)```$/gms;
    for (const [whole, command = "", printed = ""] of text.matchAll(examples)) {
      const svg = path.join(folder, "access.svg");
      const args = / --(diff|can)/.test(command) ? command : `${command} --svg ${svg}`;
      let stdout = "";
      let stderr = "";
      const context: Context = {
        cwd: folder,
        env: {},
        stdout: { write: (part) => (stdout += part), columns: 100 },
        stderr: { write: (part) => (stderr += part) },
        ask: () => Promise.reject(new Error("no terminal")),
      };
      assert.equal(await main(words(args), context), 0, stderr);
      const head = whole.slice(0, whole.length - printed.length - 3);
      if (UPDATE) shown = shown.replace(whole, () => `${head}${stdout}\`\`\``);
      else assert.equal(printed, stdout);
      if (!fs.existsSync(svg)) continue;
      if (UPDATE) fs.copyFileSync(svg, PICTURE);
      else assert.equal(fs.readFileSync(PICTURE, "utf8"), fs.readFileSync(svg, "utf8"));
    }
    if (UPDATE) fs.writeFileSync(FILE, shown);
  });
});
