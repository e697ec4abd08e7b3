import * as assert from "node:assert/strict";
import { createdByImport } from "../../../../operations/adopt/import-list";

const SECRET = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ciphertext: "v1:ciphertext",
};

describe("an import entry without an id", () => {
  it("is a component", () => {
    const entry = { type: "access-plane:components:AccessPlane", name: "plane", component: true };
    assert.deepEqual(createdByImport(entry), entry);
  });

  it("is a provider, without its secrets", () => {
    const entry = { type: "pulumi:providers:vault", name: "vault" };
    assert.deepEqual(createdByImport(entry), entry);
    const inputs = { address: "https://vault", token: SECRET, headers: [{ value: SECRET }] };
    assert.deepEqual(createdByImport({ ...entry, inputs }), {
      ...entry,
      inputs: { address: "https://vault" },
    });
  });

  it("is not a resource", () => {
    assert.equal(
      createdByImport({ type: "kubernetes:core/v1:Namespace", name: "namespace" }),
      undefined,
    );
  });
});
