import * as assert from "node:assert/strict";
import { EXIT } from "../../operations/base/exit-codes";
import type { CheckResult } from "../../operations/verify/check";
import { Checkout } from "./checkout";
import { PipelineIdentity } from "./pipeline-identity";
import { EngineStack, type Config } from "./stack";

/** Checks whether the caller may deploy. The verify job may not. */
const DEPLOYER = "kubernetes.rights,vault.rights,aws.rights";

/**
 * Runs every job of the pipeline with exactly the rights of `deploy/pipeline`. Kubernetes, Vault and the
 * AWS emulator enforce them.
 */
describe("a pipeline with the rights of deploy/pipeline", () => {
  let stack: EngineStack;
  let checkout: Checkout;
  const jobs: Partial<Record<"preview" | "up" | "verify", PipelineIdentity>> = {};
  const job = (name: "preview" | "up" | "verify") => {
    const identity = jobs[name];
    assert.ok(identity !== undefined);
    return identity;
  };

  before(async () => {
    stack = await EngineStack.start();
    checkout = new Checkout(stack.env);
    for (const name of ["preview", "up", "verify"] as const) {
      jobs[name] = await PipelineIdentity.make(stack, name);
    }
  });
  after(async () => {
    for (const identity of Object.values(jobs)) identity.remove();
    checkout.remove();
    await stack.stop();
  });

  const run = (
    name: "preview" | "up" | "verify",
    code: number,
    command: string,
    ...args: string[]
  ) => checkout.run(code, [command, "--stack", "sandbox", ...args], job(name).env);

  it("deploys a whole plane as `up`", async () => {
    await job("up").grant();
    await run("up", EXIT.OK, "up", "--yes", "--deadline", "15m");
  });

  it("reports the deployed state and a change as `preview`", async () => {
    await job("preview").grant();
    const same = await run("preview", EXIT.OK, "report", "--refresh");
    assert.match(same.stdout, /no changes|nothing changes/i);
    checkout.change("rename-an-app", "sandbox", (config: Config) => {
      const agents = config["access-plane:agents"] as Record<string, { apps: { name: string }[] }>;
      const app = agents["teleport-agent"]?.apps.find(({ name }) => name === "grafana");
      assert.ok(app !== undefined);
      app.name = "dashboards";
      config["access-plane:nodePort"] = 30444;
    });
    const change = await run(
      "preview",
      EXIT.OK,
      "report",
      "--engine",
      "--refresh",
      "--base",
      "main",
    );
    assert.match(change.stdout, /node port 30443 → 30444/);
    assert.match(change.stdout, /role\/kube-admin can now reach app\/dashboards/);
  });

  it("may not write as `preview` and `verify`, nor read secrets in Vault as `preview`", async () => {
    for (const [verb, resource, group] of [
      ["create", "secrets", ""],
      ["patch", "services", ""],
      ["delete", "pods", ""],
      ["patch", "statefulsets", "apps"],
      ["create", "pods/exec", ""],
      ["create", "teleportusers", "resources.teleport.dev"],
      ["create", "rolebindings", "rbac.authorization.k8s.io"],
    ] as const) {
      assert.equal(await job("preview").may(verb, resource, group), false, `${verb} ${resource}`);
      assert.equal(await job("verify").may(verb, resource, group), false, `${verb} ${resource}`);
    }
    assert.equal(await job("preview").newSecurityGroup(), "UnauthorizedOperation");
    assert.equal(await job("verify").newSecurityGroup(), "UnauthorizedOperation");
    assert.equal(await job("up").newSecurityGroup(), undefined);
    assert.equal(await job("preview").vaultStatus("secret/data/teleport/agent"), 403);
    assert.equal(await job("preview").vaultStatus("database/static-creds/teleport"), 403);
    assert.equal(await job("up").vaultStatus("secret/data/another/team"), 403);
  });

  it("deploys the change as `up`", async () => {
    await run("up", EXIT.OK, "up", "--yes", "--deadline", "15m");
  });

  it("runs all checks as `verify`", async () => {
    await job("verify").grant();
    const line = ["verify", "--stack", "sandbox", "--json", "--skip", DEPLOYER];
    const { stdout, code } = await checkout.end(line, job("verify").env);
    const { results } = JSON.parse(stdout) as { results: CheckResult[] };
    assert.deepEqual(
      results.filter(({ state }) => state === "failed").map(({ id, seen }) => `${id}: ${seen}`),
      [],
    );
    assert.equal(code, EXIT.OK);
  });
});
