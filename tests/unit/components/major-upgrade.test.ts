import * as assert from "node:assert/strict";
import { crossesMajor } from "../../../teleport/versions";
import { recordPlane, type Plane } from "./mocked-plane";

const RELEASE = "kubernetes:helm.sh/v3:Release";

describe("an upgrade across major versions", function () {
  this.timeout(90_000); // Several planes are recorded.
  const record = (deployedVersion: string | undefined) =>
    recordPlane("prod", (args) => {
      const [agent] = Object.values(args.agents);
      Object.assign(args, { deployedVersion });
      if (agent !== undefined) args.agents["second-agent"] = { ...agent, apps: [], databases: [] };
    });
  const release = (plane: Plane, name: string) => {
    const found = plane.resources.find((one) => one.type === RELEASE && one.name === name);
    assert.ok(found !== undefined, name);
    return found;
  };

  it("is recognized by the running version, and is none if nothing runs", () => {
    assert.equal(crossesMajor(undefined, "16.3.0"), false);
    assert.equal(crossesMajor("16.9.1", "16.3.0"), false);
    assert.equal(crossesMajor("15.7.3", "16.3.0"), true);
    assert.equal(crossesMajor("17.0.0", "16.3.0"), true);
  });

  it("is not rolled back, because the older version does not start on the migrated database", async () => {
    const across = await record("17.7.3");
    assert.equal(release(across, "teleport").inputs["atomic"], false);
    // It would delete objects that only the newer version has.
    assert.equal(release(across, "teleport").inputs["cleanupOnFail"], false);
    assert.equal(release(across, "teleport-agent").inputs["atomic"], true);
    assert.equal(release(await record("18.2.0"), "teleport").inputs["atomic"], true);
    assert.equal(release(await record(undefined), "teleport").inputs["atomic"], true);
  });

  it("upgrades the agents one after another", async () => {
    const waits = (plane: Plane) =>
      release(plane, "second-agent").dependencies.includes(release(plane, "teleport-agent").urn);
    assert.equal(waits(await record("17.7.3")), true);
    assert.equal(waits(await record("18.2.0")), false);
  });
});
