import * as assert from "node:assert/strict";
import { withSpecs } from "../../../../operations/adopt/record-specs";

const AUTH = "kubernetes:secrets.hashicorp.com/v1beta1:VaultAuth";
const URN = `urn:pulumi:prod::access-plane::${AUTH}::vault-access`;

describe("inputs of imported resources", () => {
  const spec = { mount: "kubernetes", kubernetes: { role: "teleport-prod", audiences: ["vault"] } };
  const wanted = [{ type: AUTH, name: "vault-access", inputs: { spec } }];
  const live = {
    mount: "kubernetes",
    kubernetes: { role: "old-role", audiences: ["vault"], tokenExpirationSeconds: 600 },
    method: "kubernetes",
  };
  const recorded = (resource: object) => {
    const resources = [{ urn: URN, type: AUTH, ...resource }];
    const [found] = withSpecs({ deployment: { resources } }, wanted).deployment?.resources ?? [];
    return found as unknown as { inputs: object; outputs: object };
  };

  it("contain the spec, without defaults, if a change of it replaces the object", () => {
    const metadata = { name: "teleport" };
    const { inputs, outputs } = recorded({
      inputs: { metadata },
      outputs: { spec: live, __inputs: { metadata } },
    });
    assert.deepEqual(inputs, {
      metadata,
      spec: { mount: "kubernetes", kubernetes: { role: "old-role", audiences: ["vault"] } },
    });
    assert.deepEqual(outputs, { spec: live, __inputs: inputs });
  });

  it("do not change if the plugin recorded them, nor for other kinds", () => {
    const kept = recorded({ inputs: { spec: {} }, outputs: { spec: live } });
    assert.deepEqual(kept.inputs, { spec: {} });
    const type = "kubernetes:cert-manager.io/v1:Certificate";
    assert.deepEqual(recorded({ type, inputs: {}, outputs: { spec: live } }).inputs, {});
  });
});
