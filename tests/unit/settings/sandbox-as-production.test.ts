import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";

const ROOT = path.resolve(__dirname, "../../..");

/** Where the sandbox's settings may differ, each with its reason in sandbox/README.md. */
const DIFFERS = {
  encryptionsalt: "of the empty passphrase",
  "config.access-plane:kubernetes.context": "an address",
  "config.access-plane:vault.address": "an address, from the sandbox's environment",
  "config.access-plane:chart.path": "an address",
  "config.access-plane:certificate.caSecretName": "no public authority signs for the sandbox",
};

/** The paths at which two documents differ. */
function differences(a: unknown, b: unknown, at: string[] = []): string[] {
  const isMap = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const [left, right] = [a ?? {}, b ?? {}];
  if (!isMap(left) || !isMap(right)) {
    return JSON.stringify(a) === JSON.stringify(b) ? [] : [at.join(".")];
  }
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return keys.flatMap((key) => differences(left[key], right[key], [...at, key]));
}

const settings = (stack: string) =>
  parse(fs.readFileSync(path.join(ROOT, `Pulumi.${stack}.yaml`), "utf8")) as unknown;

describe("the sandbox's settings", () => {
  it("differ from production only in addresses, so that the sandbox tests the deployed settings", () => {
    assert.deepEqual(
      differences(settings("sandbox"), settings("prod")).sort(),
      Object.keys(DIFFERS).sort(),
    );
  });

  it("are checked for other differences", () => {
    const changed = structuredClone(settings("prod")) as { config: Record<string, object> };
    Object.assign(changed.config["access-plane:database"] ?? {}, { sslMode: "require" });
    assert.deepEqual(differences(changed, settings("prod")), [
      "config.access-plane:database.sslMode",
    ]);
  });
});
