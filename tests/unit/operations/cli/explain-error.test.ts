import * as pulumi from "@pulumi/pulumi";
import * as assert from "node:assert/strict";
import { explainError } from "../../../../operations/cli/explain-error";

describe("an error that the program throws in a plan", () => {
  for (const error of [
    new pulumi.RunError("agent web could not join"),
    new pulumi.ResourceError(
      'error serializing property "values": agent web could not join',
      undefined,
    ),
  ]) {
    it(`is a fault of the settings, without the SDK's way to it (${error.constructor.name})`, () => {
      const { reason, message } = explainError(error);
      assert.deepEqual([reason, message], ["SETTINGS", "agent web could not join"]);
    });
  }
});
