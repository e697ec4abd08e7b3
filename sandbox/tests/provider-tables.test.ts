import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { resources as aws } from "../src/providers/aws/parts.ts";
import type { Fields } from "../src/providers/tables/fields.ts";
import { resources as vault } from "../src/providers/vault/parts.ts";

/** What the SDK sends and expects of one resource type, read from its class. */
function sdkMembers(token: string): { inputs: string[]; outputs: string[] } {
  const [pkg, module] = token.split(":") as [string, string];
  const path = module.replace(/^index\//, "");
  const url = new URL(`../../node_modules/@pulumi/${pkg}/${path}.js`, import.meta.url);
  const source = readFileSync(fileURLToPath(url), "utf8");
  const names = (pattern: RegExp) => [
    ...new Set([...source.matchAll(pattern)].map((match) => match[1] as string)),
  ];
  const all = names(/resourceInputs\["(\w+)"\] = state/g);
  const outputs = names(/resourceInputs\["(\w+)"\] = undefined \/\*out\*\//g);
  return { inputs: all.filter((name) => !outputs.includes(name)).sort(), outputs: outputs.sort() };
}

const members = (fields: Fields, output: boolean) =>
  Object.keys(fields)
    .filter((name) => Boolean(fields[name]?.output) === output)
    .sort();

describe("tables of the aws and vault stand-ins", () => {
  for (const { token, fields } of [...aws, ...vault]) {
    it(`${token} has the properties of the SDK`, () => {
      const sdk = sdkMembers(token);
      assert.deepEqual(members(fields, false), sdk.inputs);
      assert.deepEqual(members(fields, true), sdk.outputs);
    });
  }
});
