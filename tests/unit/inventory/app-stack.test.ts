import * as assert from "node:assert/strict";
import { appStackFaults, registeredApps, type PlaneOutputs } from "../../../inventory/app-stack";
import { placeApps } from "../../../inventory/apps";
import { parseSettings } from "../../../settings/load";
import type { PlaneSettings } from "../../../settings/schema";
import { goodSettings } from "../settings/fixture";

const placed = (apps: object) => {
  const { settings, problems } = parseSettings({
    kind: "apps",
    plane: { stack: "organization/access-plane/prod" },
    apps,
  });
  assert.ok(settings?.kind === "apps", JSON.stringify(problems));
  return placeApps(settings);
};

const plane: PlaneOutputs = {
  clusterName: "example.com",
  agents: {
    "teleport-agent": { apps: { grafana: "https://dash.example.com" }, dynamicApps: true },
    kube: { apps: {}, dynamicApps: false },
    older: { apps: {} },
  },
  remoteAgents: {
    west: { release: "agent-west", services: ["app", "kube"] },
    east: { release: "agent-east", services: ["kube"] },
  },
  registeredApps: { wiki: "https://wiki.example.com" },
};

describe("a catalogue with the outputs of its plane", () => {
  const faults = (apps: object, outputs: PlaneOutputs = plane) =>
    appStackFaults(placed(apps), outputs);
  const entries = (...names: string[]) =>
    Object.fromEntries(names.map((name) => [name, { uri: `http://${name}` }]));

  it("may use only agents of the plane that serve apps", () => {
    for (const agent of ["teleport-agent", "older", "agent-west"]) {
      assert.deepEqual(faults({ agents: [agent], entries: entries("chat") }), []);
    }
    assert.deepEqual(faults({ agents: ["nonexistent"], entries: entries("chat", "mail") }), [
      "agent nonexistent is none of the plane's (teleport-agent, kube, older, agent-west): correct apps.agents",
    ]);
    assert.match(faults({ agents: ["kube"], entries: entries("chat") }).join(), /serves no such/);
    assert.match(faults({ agents: ["agent-east"], entries: entries("chat") }).join(), /none of/);
    const own = { chat: { uri: "http://chat", agent: "nonexistent" } };
    assert.match(
      faults({ agents: ["teleport-agent"], entries: own }).join(),
      /nonexistent is none/,
    );
  });

  it("may not use names and hosts that the plane serves", () => {
    assert.deepEqual(faults({ agents: ["teleport-agent"], entries: entries("grafana", "wiki") }), [
      "app grafana is served by the plane already (dash.example.com): rename it",
      "app wiki is served by the plane already (wiki.example.com): rename it",
    ]);
    assert.deepEqual(faults({ agents: ["teleport-agent"], entries: entries("dash") }), [
      "app dash has the host dash.example.com, which the plane's app grafana has already: change one of them",
    ]);
  });

  it("is not checked against a plane without these outputs", () => {
    const nothing = { clusterName: "example.com" };
    assert.deepEqual(faults({ agents: ["nonexistent"], entries: entries("chat") }, nothing), []);
  });

  it("sees apps that resources.apps of the plane declares", () => {
    const resources = {
      apps: {
        wiki: { spec: { uri: "http://wiki" } },
        blog: { spec: { uri: "http://blog", public_addr: "news.lumie-infra.com" } },
      },
    };
    const { settings } = parseSettings({ ...goodSettings(), resources });
    assert.deepEqual(registeredApps(settings as PlaneSettings), {
      wiki: "https://wiki.lumie-infra.com",
      blog: "https://news.lumie-infra.com",
    });
  });
});
