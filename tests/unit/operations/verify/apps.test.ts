import * as assert from "node:assert/strict";
import { runFor } from "../../../../operations/verify/catalogue";
import { parseSettings } from "../../../../settings/load";
import { FakeKubernetes } from "./fakes";

const ACCEPTED = ["ValidStructure", "TeleportResourceOwned", "SuccessfullyReconciled"];

/** A namespace in which everything is right. */
function world() {
  const kubernetes = new FakeKubernetes();
  const metadata = (name: string, labels: object = {}) => ({ name, namespace: "teleport", labels });
  const app = (name: string, spec: object) => ({
    apiVersion: "resources.teleport.dev/v1",
    kind: "TeleportAppV3",
    metadata: metadata(name, { "access-plane/agent": "teleport-agent" }),
    spec,
    status: { conditions: ACCEPTED.map((type) => ({ type, status: "True" })) },
  });
  kubernetes.objects.push(
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: metadata("teleport-agent"),
      status: { readyReplicas: 2 },
    },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: metadata("teleport-agent"),
      data: { "teleport.yaml": "app_service:\n  apps:\n    - name: grafana\n" },
    },
    app("wiki", { public_addr: "docs.example.com" }),
    app("chat", {}),
    app("other", { public_addr: "other.example.com" }),
  );
  return kubernetes;
}

async function results(kubernetes: FakeKubernetes, apps: object = {}) {
  const { settings } = parseSettings({
    kind: "apps",
    plane: { clusterName: "example.com" },
    apps: {
      agents: ["teleport-agent"],
      entries: {
        wiki: { uri: "http://wiki", publicAddress: "docs.example.com" },
        chat: { uri: "http://chat" },
      },
      ...apps,
    },
  });
  assert.ok(settings?.kind === "apps");
  const context = { settings, kubernetes, now: () => new Date() };
  const all = await runFor(context);
  return Object.fromEntries(all.map(({ id, state, seen }) => [id, `${state}: ${seen}`]));
}

describe("verify of a catalogue of apps", () => {
  it("passes for a healthy catalogue", async () => {
    assert.deepEqual(await results(world()), {
      "apps.agents": "ok: teleport-agent",
      "apps.names": "ok: 2 of their own",
      "apps.registered": "ok: 2 accepted",
      "drift.none": "skipped: only the settings are known, not the stack",
    });
  });

  it("finds missing and stopped agents, and recognizes agents of other clusters by their token", async () => {
    const agents = { agents: ["nonexistent"] };
    assert.match(
      (await results(world(), agents))["apps.agents"] ?? "",
      /^failed: there is no agent/,
    );
    const elsewhere = world();
    elsewhere.objects.push({
      apiVersion: "resources.teleport.dev/v2",
      kind: "TeleportProvisionToken",
      metadata: { name: "west", namespace: "teleport" },
      spec: { kubernetes: { allow: [{ service_account: "teleport:nonexistent" }] } },
    });
    assert.match((await results(elsewhere, agents))["apps.agents"] ?? "", /^ok/);
    const down = world();
    down.find("StatefulSet", "teleport-agent")["status"] = {};
    assert.match((await results(down))["apps.agents"] ?? "", /^failed: .* no pod that is ready/);
  });

  it("finds names and hosts of other apps", async () => {
    const twins = {
      entries: {
        grafana: { uri: "http://grafana" },
        mine: { uri: "http://mine", publicAddress: "other.example.com" },
      },
    };
    assert.equal(
      (await results(world(), twins))["apps.names"],
      "failed: agent teleport-agent serves grafana already; other has other.example.com, as mine",
    );
  });

  it("finds apps that are missing, refused, or assigned to another agent", async () => {
    const broken = world();
    broken.remove("TeleportAppV3", "chat");
    broken.find("TeleportAppV3", "wiki")["metadata"].labels = { "access-plane/agent": "old" };
    assert.equal(
      (await results(broken))["apps.registered"],
      "failed: wiki is for agent old, must be teleport-agent; there is no TeleportAppV3 chat",
    );
    const refused = world();
    const condition = { type: "SuccessfullyReconciled", status: "False", message: "bad address" };
    const conditions = ACCEPTED.slice(0, 2).map((type) => ({ type, status: "True" }));
    refused.find("TeleportAppV3", "chat")["status"] = { conditions: [...conditions, condition] };
    assert.match((await results(refused))["apps.registered"] ?? "", /^failed: chat: .*bad address/);
  });
});
