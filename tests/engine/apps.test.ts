import * as assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import { driftCases } from "./drift-cases";
import { neighbours } from "./neighbours-cases";
import { config, objects } from "./read-back";
import { EngineStack, type Config } from "./stack";

const AWS = {
  method: "iam",
  allow: [{ account: "123456789012", arn: "arn:aws:sts::123456789012:assumed-role/apps/*" }],
};

/**
 * Tests apps of both registrations and their moves between the two, then example stacks of other kinds
 * that use the plane's outputs, then drift of the plane.
 */
describe("apps and other stacks of a plane on the sandbox", () => {
  let stack: EngineStack;

  before(async () => {
    stack = await EngineStack.start();
    const keys: unknown = await stack.kube(k8s.OpenidApi).getServiceAccountIssuerOpenIDKeyset();
    stack.change((config) => {
      delete config["access-plane:loadBalancer"];
      delete config["access-plane:aws"];
      config["access-plane:apps"] = {
        entries: { forum: { uri: "http://forum", labels: { team: "docs" } } },
      };
      config["access-plane:resources"] = {
        bots: { ci: { spec: { roles: ["kube-admin"] }, join: AWS } },
      };
      config["access-plane:remoteAgents"] = {
        west: {
          namespace: "west",
          release: "west",
          join: { method: "kubernetes", type: "static_jwks", jwks: JSON.stringify(keys) },
        },
      };
    });
    await stack.upAsPlanned();
  });
  after(async () => {
    await stack.stop();
  });

  const agent = (edit: (settings: { apps: Config[] } & Config) => void) => {
    stack.change((config) => {
      const agents = config["access-plane:agents"] as Record<string, { apps: Config[] }>;
      edit(agents["teleport-agent"] ?? assert.fail("no agent"));
    });
  };
  const grafana = (registration: string) => {
    agent((settings) => {
      const app = settings.apps.find(({ name }) => name === "grafana");
      assert.ok(app !== undefined);
      app["registration"] = registration;
    });
  };
  const agentConfig = () => config(stack, "teleport-agent", "teleport.yaml");
  // The output names a resource twice if the engine waits for it.
  const changed = (output: string) => {
    const steps = [
      ...output.matchAll(
        / [~+-]+ +(\S+) (\S+) (updated|created replacement|created|deleted original|deleted) \(/g,
      ),
    ]
      .filter(([, type = ""]) => !type.startsWith("access-plane:components:"))
      .map(([, , name = "", what = ""]) => `${name} ${what}`);
    return [...new Set(steps)];
  };

  it("are dynamic apps with a label that only their agents match", async () => {
    const found = await objects(stack, "teleportappsv3");
    assert.deepEqual([...found.keys()], ["forum"]);
    assert.equal(found.get("forum")?.metadata.labels["access-plane/agent"], "teleport-agent");
    const text = await agentConfig();
    assert.match(text, /access-plane\/agent: teleport-agent/);
    assert.doesNotMatch(text, /forum/);
  });

  it("do not affect each other when one changes", async () => {
    stack.change((config) => {
      config["access-plane:apps"] = {
        entries: { forum: { uri: "http://forum:8080", labels: { team: "docs" } } },
      };
    });
    assert.deepEqual(changed(await stack.upAsPlanned()), ["app-forum updated"]);
  });

  it("become dynamic before their agent restarts without them", async () => {
    grafana("dynamic");
    assert.deepEqual(changed(await stack.up()), ["app-grafana created", "teleport-agent updated"]);
    assert.doesNotMatch(await agentConfig(), /name: grafana/);
  });

  it("lose their object and their agent's token only after the agent has restarted", async () => {
    grafana("static");
    agent((settings) => {
      settings["join"] = AWS;
    });
    // Join tokens are protected. docs/operations.md says how to lift the protection for one update.
    const token = "TeleportProvisionToken::teleport-agent-token";
    const { code, output } = await stack.run("preview");
    assert.notEqual(code, 0);
    assert.match(output, new RegExp(`unable to replace resource "\\S+${token}"`));
    const { deployment } = JSON.parse(await stack.expect(0, "stack", "export")) as {
      deployment: { resources: { urn: string }[] };
    };
    const urn = deployment.resources.find((resource) => resource.urn.endsWith(token))?.urn;
    await stack.expect(0, "state", "unprotect", "--yes", urn ?? assert.fail(token));
    const steps = changed(await stack.up());
    const last = ["app-grafana deleted", "teleport-agent-token deleted original"];
    assert.deepEqual(
      [...steps.slice(0, 2), ...steps.slice(2).sort()],
      ["teleport-agent-token created replacement", "teleport-agent updated", ...last],
    );
    assert.match(await agentConfig(), /name: grafana/);
    assert.deepEqual([...(await objects(stack, "teleportappsv3")).keys()], ["forum"]);
    const tokens = await objects(stack, "teleportprovisiontokens", "v2");
    assert.deepEqual([...tokens.keys()].sort(), ["ci-iam", "teleport-agent-iam", "west"]);
  });

  describe("stacks of other kinds beside the plane", () => neighbours(() => stack));

  describe("manual changes of Helm releases' objects", () => driftCases(() => stack));
});
