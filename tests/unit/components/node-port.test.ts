import * as assert from "node:assert/strict";
import { NodePort } from "../../../components/node-port";
import { recordProgram } from "../../../operations/plan/record-program";

/** Known values of the Service's cluster IP. */
async function clusterIps(preview: boolean, clusterIP?: string): Promise<(string | undefined)[]> {
  const known: (string | undefined)[] = [];
  await recordProgram(
    () => {
      const args = { serviceName: "teleport", namespace: "teleport", port: 443, nodePort: 30443 };
      new NodePort("node-port", args).clusterIp.apply((address) => known.push(address));
    },
    {
      outputs: (type, _, { spec }) =>
        type.endsWith(":ServicePatch")
          ? { spec: { ...(spec as object), ...(clusterIP !== undefined && { clusterIP }) } }
          : {},
      call: () => ({}),
    },
    { project: "access-plane", stack: "test", preview },
  );
  return known;
}

describe("the node port's Service", () => {
  it("has an unknown address in a first preview, so that an update plan allows the real one", async () => {
    assert.deepEqual(await clusterIps(true), []);
    assert.deepEqual(await clusterIps(true, "10.96.0.10"), ["10.96.0.10"]);
    assert.deepEqual(await clusterIps(false, "10.96.0.10"), ["10.96.0.10"]);
  });
});
