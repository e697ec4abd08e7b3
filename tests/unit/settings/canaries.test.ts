import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import type { Context } from "../../../operations/base/context";
import { EXIT } from "../../../operations/base/exit-codes";
import { main } from "../../../operations/cli/main";
import { goodSettings, type Sections } from "./fixture";

/** Secrets that somebody wrote into a stack file, and everything that reads stack files. */

/** Joined from parts, so that no scanner reports this file. */
const TOKEN = ["ghp", "_canaryCanaryCanary0123456789abcd"].join("");
const PASSWORD = "Tr0ub4dor-and-3";

const agent = (s: Sections) => s.agents["teleport-agent"];

const PLANTS: Record<string, (s: Sections) => void> = {
  "in a header": (s) =>
    (agent(s).apps[0].rewrite = { headers: [{ name: "Authorization", value: `Bearer ${TOKEN}` }] }),
  "in an address": (s) => (agent(s).apps[0].uri = `http://admin:${PASSWORD}@coder`),
  "in a query": (s) => (s.vault = { address: `https://vault.example.com/?token=${TOKEN}` }),
  "in a label": (s) => (agent(s).apps[0].labels = { token: TOKEN }),
  "as a key": (s) => (agent(s)[TOKEN] = "x"),
  "as a name": (s) => (s.agents[TOKEN] = {}),
  "as a path": (s) => (agent(s).credentials.path = TOKEN),
  "as a number's place": (s) => (s.nodePort = TOKEN),
  "in an argument": (s) => (agent(s).extraEnv = [{ name: "API_TOKEN", value: PASSWORD }]),
  "as a connector's secret": (s) =>
    (s.resources = { githubConnectors: { github: { spec: { client_secret: TOKEN } } } }),
};

/** Texts that show that a command has read the settings. */
const JUDGED = /problems? in the settings|Pulumi\.prod\.yaml/;

const COMMANDS: string[][] = [
  ["plan", "--stack", "prod"],
  ["plan", "--stack", "prod", "--json"],
  ["access", "--stack", "prod"],
  ["access", "--stack", "prod", "--svg", "access.svg"],
  ["verify", "--stack", "prod", "--before"],
];

/** They plan in their own process. */
const SLOW: string[][] = [
  ["graph", "--stack", "prod", "--source", "plan", "--output", "graph.svg"],
  ["report", "--stack", "prod", "--base", ".", "--output", "report.md"],
];

async function run(text: string, args: string[]): Promise<{ code: number; all: string }> {
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), "canaries-"));
  try {
    fs.writeFileSync(path.join(cwd, "Pulumi.prod.yaml"), text);
    fs.writeFileSync(path.join(cwd, "Pulumi.yaml"), "name: access-plane\nruntime: nodejs\n");
    const program = JSON.stringify(path.resolve("index"));
    fs.writeFileSync(path.join(cwd, "index.ts"), `module.exports = require(${program});`);
    fs.symlinkSync(path.resolve("bin"), path.join(cwd, "bin"));
    let all = "";
    const stream = { write: (part: string) => (all += part) };
    const ask = () => Promise.reject(new Error("no terminal"));
    const context: Context = { cwd, env: {}, stdout: stream, stderr: stream, ask };
    const code = await main(args, context);
    for (const file of fs.readdirSync(cwd)) {
      if (/^(Pulumi\.|index\.ts|bin$)/.test(file)) continue;
      all += file + fs.readFileSync(path.join(cwd, file), "utf8");
    }
    return { code, all };
  } finally {
    fs.rmSync(cwd, { recursive: true });
  }
}

const base64 = (secret: string) => Buffer.from(secret).toString("base64").replace(/=+$/, "");

describe("a secret in a stack file", function () {
  this.timeout(120_000);

  for (const [where, plant] of Object.entries(PLANTS)) {
    it(`is not shown by any command: ${where}`, async () => {
      const settings = goodSettings();
      plant(settings);
      const config = Object.fromEntries(
        Object.entries(settings).map(([key, value]) => [`access-plane:${key}`, value as unknown]),
      );
      for (const args of COMMANDS) {
        const { code, all } = await run(stringify({ config }), args);
        assert.notEqual(code, EXIT.OK, args.join(" "));
        assert.match(all, JUDGED, `${args.join(" ")}: ${all}`);
        for (const secret of [TOKEN, PASSWORD]) {
          assert.ok(!all.includes(secret), `${args.join(" ")}: ${all}`);
          assert.ok(!all.includes(base64(secret)), args.join(" "));
        }
      }
    });
  }

  it("is not shown in reports and pictures", async () => {
    const settings = goodSettings();
    for (const plant of Object.values(PLANTS)) plant(settings);
    const config = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`access-plane:${key}`, value as unknown]),
    );
    for (const args of SLOW) {
      const { code, all } = await run(stringify({ config }), args);
      assert.notEqual(code, EXIT.OK, args.join(" "));
      assert.match(all, JUDGED, all);
      for (const secret of [TOKEN, PASSWORD]) assert.ok(!all.includes(secret), all);
    }
  });

  it("is not shown by any command if the file is not valid YAML", async () => {
    for (const text of [
      `config:\n  access-plane:vault: { token: ${TOKEN}\n`,
      `config:\n  - ${TOKEN}\n`,
      `config: !${TOKEN} x\n`,
      `config: *${TOKEN}\n`,
      `config:\n\t${TOKEN}: 1\n`,
      `${TOKEN}\n`,
      `config:\n  a: "${TOKEN}\n`,
      `config:\n  ${TOKEN}: 1\n  ${TOKEN}: 2\n`,
    ]) {
      for (const args of COMMANDS) {
        const { code, all } = await run(text, args);
        assert.notEqual(code, EXIT.OK, `${args.join(" ")}: ${text}`);
        assert.ok(!all.includes(TOKEN), `${args.join(" ")}: ${all}`);
      }
    }
  });

  it("is not revealed by gaps in messages", async () => {
    const settings = goodSettings();
    agent(settings).apps[0].uri = "http://user:secret@coder";
    const config = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`access-plane:${key}`, value as unknown]),
    );
    const { all } = await run(stringify({ config }), ["plan", "--stack", "prod"]);
    assert.match(all, /holds a password in plain text: .* in a header with `secret`/);
    assert.ok(!all.includes("user:secret"));
  });
});
