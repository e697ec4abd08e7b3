import * as assert from "node:assert/strict";
import { publicApps } from "../../../inventory/apps";
import type { PlaneSettings } from "../../../settings/schema";
import { parseSettings } from "../../../settings/load";
import { goodSettings } from "../settings/fixture";

describe("the apps that a stack publishes", () => {
  it("are the apps of agents, of the catalogue and of declared resources", () => {
    const sections = goodSettings();
    sections["apps"] = {
      entries: {
        wiki: { uri: "http://wiki:80" },
        shop: { uri: "http://shop:80", publicAddress: "buy.lumie-infra.com" },
      },
    };
    sections["resources"] = { apps: { live: { spec: { uri: "http://live:80" } } } };
    const { settings } = parseSettings(sections);
    const published = publicApps(settings as PlaneSettings);
    assert.equal(published.length, 15);
    assert.deepEqual(
      published
        .filter(({ path }) => path[0] !== "agents")
        .map(({ name, uri, host }) => [name, uri, host]),
      [
        ["wiki", "http://wiki:80", "wiki.lumie-infra.com"],
        ["shop", "http://shop:80", "buy.lumie-infra.com"],
        ["live", "http://live:80", "live.lumie-infra.com"],
      ],
    );
  });
});
