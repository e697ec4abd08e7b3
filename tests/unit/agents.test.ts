import * as assert from "node:assert/strict";
import { recordAgentStack, recordPlane } from "./plane";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const TOKEN = "kubernetes:resources.teleport.dev/v2:TeleportProvisionToken";
const app = { name: "grafana", uri: "http://grafana.monitoring:80" };

const values = (resource: { inputs: Record<string, unknown> }) =>
  resource.inputs["values"] as Record<string, unknown>;

describe("several agents", () => {
  it("have a token and a release each, named after it", async () => {
    const plane = await recordPlane("prod", ({ agents }) => {
      const [first] = Object.values(agents);
      if (first !== undefined) agents["internal"] = { ...first, apps: [], replicas: 3 };
    });
    for (const name of ["teleport-agent", "internal"]) {
      assert.deepEqual(plane.one(TOKEN, `${name}-token`).inputs["spec"], {
        roles: ["App"],
        join_method: "kubernetes",
        kubernetes: { type: "in_cluster", allow: [{ service_account: `teleport:${name}` }] },
      });
      assert.deepEqual(values(plane.one(RELEASE, name))["joinParams"], {
        method: "kubernetes",
        tokenName: name,
      });
    }
  });
});

describe("a stack of agents", () => {
  it("joins a plane that the settings name, verified, and touches nothing else", async () => {
    const stack = await recordAgentStack({
      plane: { clusterName: "example.com" },
      agents: { web: { apps: [app] } },
    });
    const release = values(stack.one(RELEASE, "web"));
    assert.equal(release["proxyAddr"], "example.com:443");
    assert.equal(release["teleportClusterName"], "example.com");
    assert.equal(release["insecureSkipProxyTLSVerify"], false);
    const types = stack.resources.map(({ type }) => type);
    assert.deepEqual(
      types.filter((type) => !type.startsWith("pulumi:")),
      [
        "access-plane:components:AgentStack",
        "kubernetes:core/v1:Namespace",
        "access-plane:components:TeleportAgent",
        RELEASE,
      ],
    );
  });

  it("joins the plane of another stack by its outputs", async () => {
    const stack = await recordAgentStack(
      { plane: { stack: "organization/access-plane/prod" }, agents: { web: { apps: [app] } } },
      {
        outputs: (type) =>
          type === "pulumi:pulumi:StackReference"
            ? { outputs: { clusterName: "lumie-infra.com" } }
            : {},
      },
    );
    assert.equal(values(stack.one(RELEASE, "web"))["proxyAddr"], "lumie-infra.com:443");
  });

  it("has a policy of its own in Vault, whatever other clusters call their namespace", async () => {
    const credentials = { path: "teleport/web", keys: ["token"] };
    const stack = await recordAgentStack({
      plane: { clusterName: "example.com" },
      agents: { web: { apps: [app], credentials } },
    });
    assert.equal(stack.one("vault:index/policy:Policy").inputs["name"], "teleport-remote");
  });
});
