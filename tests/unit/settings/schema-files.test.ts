import Ajv from "ajv/dist/2020";
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { parse } from "yaml";
import { generated } from "../../../settings/generate-json-schema";
import { isText } from "../../../settings/schema";
import { settingsJsonSchema, type JsonSchema } from "../../../settings/json-schema";

type Stack = Record<string, unknown> & { config: Record<string, Record<string, unknown>> };

const read = (stack: string) => parse(fs.readFileSync(`Pulumi.${stack}.yaml`, "utf8")) as Stack;

describe("the generated schema files", () => {
  it("are current; if not, run `npm run generate:schema`", async () => {
    for (const [file, text] of Object.entries(await generated())) {
      assert.equal(fs.readFileSync(file, "utf8"), text, file);
    }
  });

  it("describe every setting", () => {
    const check = (schema: JsonSchema, path: string) => {
      for (const [name, field] of Object.entries(schema.properties ?? {})) {
        // A tag speaks for itself; a resource's spec is described by Teleport.
        const own = field.const === undefined && field.$ref === undefined;
        assert.ok(!own || field.description, `${path}${name} has no description`);
        check(field, `${path}${name}.`);
      }
      for (const branch of [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])]) check(branch, path);
      if (schema.items !== undefined) check(schema.items, path);
      if (typeof schema.additionalProperties === "object") check(schema.additionalProperties, path);
    };
    const schema = settingsJsonSchema();
    check(schema, "");
    assert.ok("loadBalancer" in schema.properties);
  });

  it("treat the same sections as text as the program", () => {
    const { properties } = settingsJsonSchema();
    for (const [name, { type, enum: choices }] of Object.entries(properties)) {
      assert.equal(isText(name), type === "string" || choices !== undefined, name);
    }
    assert.equal(isText("__proto__"), false);
  });

  describe("the schema in an editor", () => {
    const schema = JSON.parse(fs.readFileSync("settings/stack.schema.json", "utf8")) as object;
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    const wrong = (change: (stack: Stack) => void) => {
      const stack = read("prod");
      change(stack);
      validate(stack);
      return (validate.errors ?? []).map(({ instancePath, params }) => ({ instancePath, params }));
    };

    for (const stack of ["prod", "sandbox"]) {
      it(`accepts Pulumi.${stack}.yaml, which refers to it`, () => {
        validate(read(stack));
        assert.deepEqual(validate.errors ?? [], []);
        const [first] = fs.readFileSync(`Pulumi.${stack}.yaml`, "utf8").split("\n");
        assert.equal(first, "# yaml-language-server: $schema=./settings/stack.schema.json");
      });
    }

    it("refuses a misspelt section, a misspelt field and a wrong type", () => {
      const misspelt = wrong(({ config }) => (config["access-plane:agnet"] = {}));
      assert.deepEqual(misspelt, [
        { instancePath: "/config", params: { additionalProperty: "access-plane:agnet" } },
      ]);
      const field = wrong(({ config }) => (config["access-plane:aws"]!["regoin"] = "x"));
      assert.deepEqual(field, [
        { instancePath: "/config/access-plane:aws", params: { additionalProperty: "regoin" } },
      ]);
      const type = wrong(({ config }) => (config["access-plane:aws"]!["region"] = 5));
      assert.deepEqual(type, [
        { instancePath: "/config/access-plane:aws/region", params: { type: "string" } },
      ]);
    });

    it("has the sections of each kind of stack", () => {
      const remote = (config: Record<string, unknown>) => {
        validate({ config: { "access-plane:kind": "agent", ...config } });
        return (validate.errors ?? []).map(
          ({ instancePath, message }) => `${instancePath} ${message ?? ""}`,
        );
      };
      const plane = { "access-plane:plane": { clusterName: "example.com" } };
      assert.deepEqual(remote(plane), []);
      assert.ok(remote({}).includes("/config must have required property 'access-plane:plane'"));
      assert.ok(
        remote({ ...plane, "access-plane:nodePort": 30443 }).includes(
          "/config/access-plane:nodePort boolean schema is false",
        ),
      );
    });

    it("accepts Pulumi's own keys", () => {
      const errors = wrong((stack) => {
        stack["secretsprovider"] = "awskms://alias/pulumi";
        stack.config["pulumi:disable-default-providers"] = {};
      });
      assert.deepEqual(errors, []);
    });
  });
});
