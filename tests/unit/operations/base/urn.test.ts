import * as assert from "node:assert/strict";
import { objectPlace, partOf } from "../../../../operations/base/urn";

const AGENT = "access-plane:components:AgentStack$access-plane:components:TeleportAgent";

/** URNs of a stack of agents as an engine writes them, with their parents. */
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
  it("tell the part below the stack's own component, whatever kind of stack it is", () => {
    const parts = [...PARENTS.keys()].map((urn) => partOf(urn, (one) => PARENTS.get(one)));
    assert.deepEqual(parts, ["p-edge", "agents", "edge-agent", "edge-agent", "namespace"]);
  });

  it("tell the part also where a preview leaves unchanged parents out", () => {
    const release = `urn:pulumi:edge::p::${AGENT}$kubernetes:helm.sh/v3:Release::edge-agent`;
    const parent = PARENTS.get(release);
    assert.equal(
      partOf(release, (urn) => (urn === release ? parent : undefined)),
      "edge-agent",
    );
  });

  it("go with inputs that name an object in Kubernetes, or none", () => {
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
