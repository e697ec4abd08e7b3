import * as assert from "node:assert/strict";
import { EXIT } from "../../operations/base/exit-codes";
import type { Graph } from "../../operations/graph/model";
import type { CheckResult } from "../../operations/verify/check";
import { Checkout } from "./checkout";
import { breakFiveThings, headerSecret } from "./faults";
import { EngineStack, liftProtection } from "./stack";

interface StackReport {
  result: string;
  changes: Record<string, number>;
}

/** Runs the commands of a plane's whole life as a pipeline does, with exit codes and artifacts. */
describe("a pipeline on the sandbox", () => {
  let stack: EngineStack;
  let checkout: Checkout;
  let secret: string;

  before(async () => {
    stack = await EngineStack.start();
    checkout = new Checkout(stack.env);
    secret = await headerSecret(stack);
  });
  after(async () => {
    checkout.remove();
    await stack.stop();
  });

  const run = async (code: number, command: string, ...args: string[]) => {
    const job = await checkout.run(code, [command, "--stack", "sandbox", ...args]);
    assert.ok(!`${job.stdout}${job.stderr}`.includes(secret), `${command} shows a secret`);
    return job;
  };
  /** Reads an artifact of a command, and asserts that it shows no secret. */
  const artifact = (file: string) => {
    const text = checkout.read(file);
    assert.ok(!text.includes(secret), `${file} shows a secret`);
    return text;
  };
  const change = async (code: number, command: string, ...args: string[]) => {
    const { stdout } = await run(code, command, "--json", ...args);
    const [report] = (JSON.parse(stdout) as { stacks: StackReport[] }).stacks;
    assert.ok(report !== undefined);
    return report;
  };
  /** The pipeline runs outside of the cluster, where PostgreSQL's host name does not resolve. */
  const outside = () => ["--database-address", `127.0.0.1:${String(stack.ports["postgres"])}`];
  const verify = async (code: number, ...args: string[]) => {
    const { stdout } = await run(code, "verify", "--json", ...outside(), ...args);
    const { results } = JSON.parse(stdout) as { results: CheckResult[] };
    return { stdout, results, failed: results.filter(({ state }) => state === "failed") };
  };

  it("previews and reports a first deployment", async () => {
    const { changes } = await change(EXIT.OK, "preview");
    assert.deepEqual(Object.keys(changes), ["create"]);
    await run(EXIT.OK, "report", "--output", "artifacts/first.md");
    const report = artifact("artifacts/first.md");
    assert.match(report, /^<!-- access-plane report: sandbox -->\n## Access plane `sandbox`\n/);
    assert.match(report, /^\*\*\d+ changes\*\*: \d+ created/m);
  });

  it("deploys after the checks, and writes the engine's events", async () => {
    const events = ["--events", "artifacts/events.jsonl", "--log-format", "json"];
    const up = ["up", "--stack", "sandbox", "--json", "--yes", "--deadline", "15m", ...events];
    const { stdout, stderr } = await checkout.run(EXIT.OK, [...up, ...outside()]);
    const [report] = (JSON.parse(stdout) as { stacks: StackReport[] }).stacks;
    assert.equal(report?.result, "done");
    for (const line of stderr.trim().split("\n")) assert.ok("message" in JSON.parse(line), line);
    const lines = artifact("artifacts/events.jsonl").trim().split("\n");
    assert.ok(lines.some((line) => "summaryEvent" in (JSON.parse(line) as object)));
  });

  it("verifies the deployed plane, reports skipped checks, and draws the plane", async () => {
    const { stdout, results, failed } = await verify(EXIT.OK, "--junit", "artifacts/verify.xml");
    assert.deepEqual(failed, []);
    const skipped = results.filter(({ state }) => state === "skipped");
    for (const { id, seen } of skipped) assert.match(seen, /^pods are simulated/, id);
    assert.deepEqual([...new Set(skipped.map(({ group }) => group))].sort(), [
      ...["apps", "dns", "logs", "proxy", "recordings"],
    ]);
    const junit = artifact("artifacts/verify.xml");
    assert.match(junit, new RegExp(`tests="${results.length}" failures="0"`));

    checkout.write("artifacts/verify.json", stdout);
    const found = ["--verify", "artifacts/verify.json"];
    const graph = JSON.parse((await run(EXIT.OK, "graph", "--json", ...found)).stdout) as Graph;
    const states = graph.dependencies.nodes.map(({ state }) => state);
    assert.deepEqual([...new Set(states)].sort(), ["healthy", "warning"]);
    await run(EXIT.OK, "graph", ...found, "--output", "artifacts/plane.html");
    assert.match(artifact("artifacts/plane.html"), /class="node state-healthy"/);
  });

  it("reports a change: who gains and loses access, and which sessions end", async () => {
    checkout.change("rename-an-app", "sandbox", (config) => {
      const agents = config["access-plane:agents"] as Record<string, { apps: { name: string }[] }>;
      const app = agents["teleport-agent"]?.apps.find(({ name }) => name === "grafana");
      if (app !== undefined) app.name = "dashboards";
    });
    const offline = await checkout.run(
      EXIT.OK,
      ["report", "--stack", "sandbox", "--base", "main"],
      { PATH: process.env["PATH"] },
    );
    await run(EXIT.OK, "report", "--engine", "--base", "main", "--output", "artifacts/change.md");
    for (const report of [offline.stdout, artifact("artifacts/change.md")]) {
      assert.match(report, /\*\*1 change\*\*: 1 updated/);
      assert.match(report, /\*\*cuts sessions\*\* `Release teleport\/teleport-agent`/);
      assert.match(report, /role\/kube-admin can now reach app\/dashboards/);
      assert.match(report, /role\/kube-admin can no longer reach app\/grafana/);
    }
    assert.match(offline.stdout, /without credentials/);
  });

  it("deploys only the change, and verifies it", async () => {
    assert.deepEqual((await change(EXIT.OK, "up", "--yes", ...outside())).changes, { update: 1 });
    const { failed } = await verify(EXIT.OK);
    assert.deepEqual(failed, []);
  });

  it("finds exactly the five faults, and shows them in text and picture", async () => {
    const repair = await breakFiveThings(stack);
    const { stdout, failed } = await verify(EXIT.VERIFY);
    const problems = failed.map(({ id, seen }) => `${id}: ${seen}`).join("\n");
    assert.deepEqual(
      failed.map(({ id }) => id).sort(),
      [
        "drift.none",
        "exposure.listener",
        "exposure.service",
        "resources.reconciled",
        "secrets.plain",
        "vault.keys",
      ],
      problems,
    );
    assert.match(problems, /NodePort 443:30444/);
    assert.match(problems, /has no zot-basic-auth/);
    assert.match(problems, /teleport-agent-credentials\/zot-basic-auth is in ConfigMap notes/);
    assert.match(problems, /TeleportUser nobody: .*no-such-role/);
    assert.match(problems, /ServicePatch/);

    checkout.write("artifacts/verify.json", stdout);
    const picture = await run(EXIT.OK, "graph", "--verify", "artifacts/verify.json");
    assert.match(picture.stdout, /\["Service: 443:30443"\]:::failed/);
    assert.match(picture.stdout, /\["Listener: load-balancer"\]:::failed/);
    assert.match(picture.stdout, /\["VaultStaticSecret: infra-db-credentials"\]:::healthy/);
    await repair();
  });

  it("reverts manual changes", async () => {
    await run(EXIT.OK, "up", "--yes", "--refresh", ...outside());
    await verify(EXIT.OK, "--only", "vault,exposure,resources,secrets");
  });

  it("destroys only with permission, and then everything", async () => {
    const { stdout } = await run(EXIT.PROTECTED, "destroy", "--yes");
    assert.match(stdout, /would delete Namespace namespace: .*--allow/s);
    checkout.change("goodbye", "sandbox", liftProtection);
    await run(EXIT.OK, "up", "--yes", ...outside());
    const { changes } = await change(EXIT.OK, "destroy", "--yes", "--allow", "all");
    assert.deepEqual(Object.keys(changes), ["delete"]);
    const state = JSON.parse(stack.state()) as { checkpoint: { latest: { resources?: [] } } };
    assert.deepEqual(state.checkpoint.latest.resources ?? [], []);
  });
});
