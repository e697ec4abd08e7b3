import * as assert from "node:assert/strict";
import { agentPolicy, clusterPolicies, type Policy } from "../../../teleport/network-policies";

const ports = ({ spec }: Policy) =>
  (spec.ingress as { from?: object[]; ports: { port: number }[] }[]).map(
    ({ from, ports: some }) => [
      from === undefined ? "anybody" : "some",
      ...some.map(({ port }) => port),
    ],
  );

describe("network policies", () => {
  it("open the ports that the charts open, to those who need them", () => {
    const all = [...clusterPolicies(), agentPolicy("teleport-agent")];
    assert.deepEqual(Object.fromEntries(all.map((policy) => [policy.name, ports(policy)])), {
      "teleport-auth": [
        ["some", 3025, 3026],
        ["anybody", 3000],
      ],
      "teleport-proxy": [
        ["anybody", 3080],
        ["some", 3021],
        ["anybody", 3000],
      ],
      "teleport-operator": [["anybody", 8080, 8081]],
      "teleport-agent": [["anybody", 3000, 8481]],
    });
  });

  it("have a reason", () => {
    for (const { reasons } of clusterPolicies()) assert.match(reasons, /^Takes connections /);
  });
});
