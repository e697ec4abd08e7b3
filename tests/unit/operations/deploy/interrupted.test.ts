import * as assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { Interrupted, withInterrupted } from "../../../../operations/deploy/interrupted";

const TYPE = "aws:ec2/securityGroup:SecurityGroup";
const urn = (name: string) => `urn:pulumi:prod::access-plane::${TYPE}::${name}`;

/** The engine's events for a failed step. */
function failure(name: string, message: string, op = "create", inputs: object = { name }) {
  const metadata = {
    op,
    urn: urn(name),
    type: TYPE,
    provider: "p",
    new: { inputs, parent: "root" },
  };
  return [
    { diagnosticEvent: { urn: urn(name), severity: "error", message } },
    { resOpFailedEvent: { metadata, status: 0, steps: 1 } },
  ] as unknown as EngineEvent[];
}

function interruptedBy(...events: EngineEvent[][]) {
  const interrupted = new Interrupted();
  events.flat().forEach((event) => interrupted.add(event));
  return interrupted.operations;
}

const DIED = "rpc error: code = Unavailable desc = error reading from server: EOF";

describe("resources whose plugin died during their creation", () => {
  it("are creations without an answer that can be found by their inputs", () => {
    assert.deepEqual(interruptedBy(failure("nodes", DIED)), [
      {
        type: "creating",
        resource: {
          ...{ urn: urn("nodes"), type: TYPE, custom: true },
          ...{ inputs: { name: "nodes" }, parent: "root", provider: "p" },
        },
      },
    ]);
    const refused = "<{%reset%}>connection refused<{%reset%}>";
    assert.equal(interruptedBy(failure("a", refused, "create-replacement")).length, 1);
  });

  it("do not include refused or existing ones, nor those with a secret", () => {
    assert.deepEqual(interruptedBy(failure("a", "InvalidParameter: no such VPC")), []);
    assert.deepEqual(interruptedBy(failure("a", DIED, "update"), failure("b", DIED, "delete")), []);
    assert.deepEqual(interruptedBy(failure("a", DIED, "create", { password: "[secret]" })), []);
  });

  it("count as interrupted unless they are in the state", () => {
    const operations = interruptedBy(failure("a", DIED), failure("b", DIED));
    const resources = [{ urn: urn("a"), type: TYPE, id: "sg-0a" }];
    const state = withInterrupted({ deployment: { resources } }, operations);
    assert.deepEqual(
      state.deployment?.pending_operations?.map(({ resource }) => resource.urn),
      [urn("b")],
    );
    assert.equal(withInterrupted(state), state);
  });
});
