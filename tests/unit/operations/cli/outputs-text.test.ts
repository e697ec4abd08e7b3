import * as assert from "node:assert/strict";
import { outputsText } from "../../../../operations/cli/outputs-text";

describe("outputs of a stack", () => {
  it("are a table with a row for each app of each agent, never JSON on one line", () => {
    const text = outputsText(
      {
        clusterName: "example.com",
        nodePort: 30443,
        agents: {
          "teleport-agent": { apps: { wiki: "wiki.example.com", zot: "zot.example.com" } },
          empty: { apps: {} },
        },
        hosts: ["a", "b"],
        secret: "[secret]",
      },
      false,
    );
    const rows = text
      .split("\n")
      .filter((line) => line.includes("│") && !line.includes("output "))
      .map((line) => line.split("│").map((cell) => cell.trim()))
      .map(([, name, value]) => `${name ?? ""}=${value ?? ""}`);
    assert.deepEqual(rows, [
      "clusterName=example.com",
      "nodePort=30443",
      "agents.teleport-agent.apps.wiki=wiki.example.com",
      "agents.teleport-agent.apps.zot=zot.example.com",
      "agents.empty.apps={}",
      "hosts=a, b",
      "secret=[secret]",
    ]);
  });
});
