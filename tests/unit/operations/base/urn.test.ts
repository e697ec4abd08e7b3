import * as assert from "node:assert/strict";
import { objectPlace, partFinder } from "../../../../operations/base/urn";

const AGENT = "access-plane:components:AgentStack$access-plane:components:TeleportAgent";

/** URNs of a stack of agents, as the engine writes them, with their parents. */
const PARENTS = new Map([
  ["urn:pulumi:edge::p::pulumi:pulumi:Stack::p-edge", undefined],
  [
    "urn:pulumi:edge::p::access-plane:components:AgentStack::agents",
    "urn:pulumi:edge::p::pulumi:pulumi:Stack::p-edge",
  ],
  [
    `urn:pulumi:edge::p::${AGENT}::edge-agent`,
    "urn:pulumi:edge::p::access-plane:components:AgentStack::agents",
  ],
  [
    `urn:pulumi:edge::p::${AGENT}$kubernetes:helm.sh/v3:Release::edge-agent`,
    `urn:pulumi:edge::p::${AGENT}::edge-agent`,
  ],
  [
    "urn:pulumi:edge::p::access-plane:components:AgentStack$kubernetes:core/v1:Namespace::namespace",
    "urn:pulumi:edge::p::access-plane:components:AgentStack::agents",
  ],
]);

describe("URNs", () => {
  it("name the part below the stack's root component, for every kind of stack", () => {
    const parts = [...PARENTS.keys()].map(partFinder((one) => PARENTS.get(one)));
    assert.deepEqual(parts, ["p-edge", "agents", "edge-agent", "edge-agent", "namespace"]);
  });

  it("name the part also if a preview omits unchanged parents", () => {
    const release = `urn:pulumi:edge::p::${AGENT}$kubernetes:helm.sh/v3:Release::edge-agent`;
    const parent = PARENTS.get(release);
    assert.equal(
      partFinder((urn) => (urn === release ? parent : undefined))(release),
      "edge-agent",
    );
  });

  it("result in a Kubernetes object's name only with matching inputs", () => {
    const release = { name: "teleport", namespace: "teleport", metadata: { name: "other" } };
    assert.deepEqual(objectPlace("kubernetes:helm.sh/v3:Release", release), {
      name: "teleport",
      namespace: "teleport",
    });
    assert.deepEqual(objectPlace("kubernetes:core/v1:Namespace", release), {
      name: "other",
      namespace: undefined,
    });
    assert.equal(objectPlace("aws:lb/loadBalancer:LoadBalancer", release), undefined);
  });
});
