import * as assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import { EngineStack, type Config } from "./stack";

const NAMESPACE = "teleport";
const APPS = { group: "resources.teleport.dev", version: "v1", plural: "teleportappsv3" };

interface AppObject {
  metadata: { name: string; labels: Record<string, string> };
  spec: { uri: string };
}

/** Apps of both registrations on real API servers, and their moves between the two. */
describe("apps on the sandbox", () => {
  let stack: EngineStack;

  before(async () => {
    stack = await EngineStack.start();
    stack.change((config) => {
      delete config["access-plane:loadBalancer"];
      delete config["access-plane:aws"];
      config["access-plane:apps"] = {
        entries: { wiki: { uri: "http://wiki", labels: { team: "docs" } } },
      };
    });
    await stack.up();
  });
  after(async () => {
    await stack.stop();
  });

  const grafana = (registration: string) => {
    stack.change((config) => {
      const agents = config["access-plane:agents"] as Record<string, { apps: Config[] }>;
      const app = agents["teleport-agent"]?.apps.find(({ name }) => name === "grafana");
      assert.ok(app !== undefined);
      app["registration"] = registration;
    });
  };
  const objects = async () => {
    const list = (await stack
      .kube(k8s.CustomObjectsApi)
      .listNamespacedCustomObject({ ...APPS, namespace: NAMESPACE })) as { items: AppObject[] };
    return list.items;
  };
  const agentConfig = async () => {
    const place = { name: "teleport-agent", namespace: NAMESPACE };
    const { data = {} } = await stack.kube(k8s.CoreV1Api).readNamespacedConfigMap(place);
    return data["teleport.yaml"] ?? "";
  };
  // A resource that is waited for is named twice.
  const changed = (output: string) => {
    const steps = [
      ...output.matchAll(/ [~+-]+ +(\S+) (\S+) (updated|created|deleted|replaced) \(/g),
    ]
      .filter(([, type = ""]) => !type.startsWith("access-plane:components:"))
      .map(([, , name = "", what = ""]) => `${name} ${what}`);
    return [...new Set(steps)];
  };

  it("gives dynamic apps to the operator, by a label that only their agents match", async () => {
    const [wiki, ...others] = await objects();
    assert.deepEqual(others, []);
    assert.equal(wiki?.metadata.name, "wiki");
    assert.equal(wiki.metadata.labels["access-plane/agent"], "teleport-agent");
    const config = await agentConfig();
    assert.match(config, /access-plane\/agent: teleport-agent/);
    assert.doesNotMatch(config, /wiki/);
  });

  it("touches only the app that changes", async () => {
    stack.change((config) => {
      config["access-plane:apps"] = {
        entries: { wiki: { uri: "http://wiki:8080", labels: { team: "docs" } } },
      };
    });
    assert.deepEqual(changed(await stack.up()), ["app-wiki updated"]);
  });

  it("makes an app dynamic before its agent restarts without it", async () => {
    grafana("dynamic");
    assert.deepEqual(changed(await stack.up()), ["app-grafana created", "teleport-agent updated"]);
    assert.doesNotMatch(await agentConfig(), /name: grafana/);
  });

  it("removes the object of an app after its agent has restarted with it", async () => {
    grafana("static");
    assert.deepEqual(changed(await stack.up()), ["teleport-agent updated", "app-grafana deleted"]);
    assert.match(await agentConfig(), /name: grafana/);
    assert.deepEqual(
      (await objects()).map(({ metadata }) => metadata.name),
      ["wiki"],
    );
  });
});
