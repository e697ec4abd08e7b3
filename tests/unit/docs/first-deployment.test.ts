import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { DEFINITIONS } from "../../../operations/verify/checks/kubernetes";
import { parseSettings, readConfig } from "../../../settings/load";

const FILE = "docs/first-deployment.md";
const FOLDER = "deploy/first-deployment";
const guide = fs.readFileSync(FILE, "utf8");

/** Values of the guide's variables in an account. */
const VALUES: Record<string, string> = {
  AWS_REGION: "eu-central-1",
  CLUSTER_NAME: "teleport.example.com",
  VAULT_ADDR: "https://vault.infra.example.com:8200",
  DATABASE_HOST: "access-plane.abc.eu-central-1.rds.amazonaws.com",
  RECORDINGS_BUCKET: "access-plane-recordings-123456789012",
  VPC_ID: "vpc-0123abcd",
  AUTO_SCALING_GROUP: "eks-nodes-0123",
  NODE_GROUP: "nodes",
  NODE_SECURITY_GROUP: "sg-0123abcd",
  ZONE: "example.com",
};

describe(FILE, () => {
  const set = new Set([...guide.matchAll(/\b([A-Z][A-Z_]+)=/g)].map(([, name]) => name));

  it("has a valid stack file without warnings", () => {
    const [, text = ""] = /<<EOF\n(.*?)^EOF$/ms.exec(guide) ?? [];
    const filled = text.replace(/(?<!\\)\$([A-Z_]+)/g, (_, name: string) => {
      const value = VALUES[name];
      assert.ok(value !== undefined, name);
      return value;
    });
    const { config } = parse(filled) as { config: Record<string, unknown> };
    const asEngine = Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    const read = readConfig(Object.fromEntries(asEngine) as Record<string, string>);
    assert.deepEqual(read.problems, []);
    const parsed = parseSettings(read.raw, process.cwd());
    assert.deepEqual(parsed.problems ?? [], []);
    assert.deepEqual(parsed.warnings, []);
  });

  it("sets every variable that its commands and files use", () => {
    const shell = [...guide.matchAll(/```sh\n(.*?)```/gs)].map(([, code]) => code ?? "").join("\n");
    const files = fs.readdirSync(FOLDER).map((name) => path.join(FOLDER, name));
    const used = [shell, ...files.map((file) => fs.readFileSync(file, "utf8"))].flatMap((source) =>
      [...source.matchAll(/\$\{?([A-Z][A-Z_]+)\}?/g)].map(([, name]) => name ?? ""),
    );
    const shipped = ["HOME", "PATH"];
    assert.deepEqual(
      [...new Set(used)].filter((name) => !set.has(name) && !shipped.includes(name)).sort(),
      ["VAULT_TOKEN"].filter((name) => used.includes(name)),
    );
  });

  it("uses all of its files, and no others", () => {
    const named = [...guide.matchAll(/deploy\/first-deployment\/([\w.-]+)/g)].map(
      ([, name]) => name,
    );
    assert.deepEqual([...new Set(named)].sort(), fs.readdirSync(FOLDER).sort());
  });

  it("installs the versions that a check recommends", () => {
    const versions = (text: string) =>
      Object.fromEntries(
        [...text.matchAll(/helm install (\S+) (?:(?!helm install)[^])*?--version (\S+)/g)].map(
          ([, release, version]) => [release, version],
        ),
      );
    const recommended = versions(DEFINITIONS.map(({ install }) => install).join("\n"));
    assert.deepEqual(Object.keys(recommended), ["cert-manager", "vault-secrets-operator"]);
    const installed = versions(guide);
    for (const [release, version] of Object.entries(recommended)) {
      assert.equal(installed[release], version, release);
    }
  });

  it("puts no secret into a command's arguments", () => {
    // A variable of the shell is an argument, unless a builtin of the shell (printf, export) takes it.
    for (const line of guide.split("\n")) {
      if (/^\s*(?:\{ )?(?:printf|export|unset|read)\b/.test(line)) continue;
      assert.doesNotMatch(line, /\$\{?(?:password|PGPASSWORD|VAULT_TOKEN)\b/, line);
    }
  });
});
