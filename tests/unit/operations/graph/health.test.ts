import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { CommandError } from "../../../../operations/base/exit-codes";
import { buildGraph } from "../../../../operations/graph/build-graph";
import { readVerifyResults } from "../../../../operations/graph/findings";
import { isPlaced, withHealth } from "../../../../operations/graph/health";
import { graphHtml } from "../../../../operations/graph/html";
import { graphMermaid } from "../../../../operations/graph/mermaid";
import type { GraphNode } from "../../../../operations/graph/model";
import { planResources } from "../../../../operations/graph/resources";
import { graphSvg } from "../../../../operations/graph/svg";
import type { PlannedResource } from "../../../../operations/plan/plan-stack";
import type { CheckResult } from "../../../../operations/verify";
import { CHECKS } from "../../../../operations/verify/catalogue";
import { startBrowser } from "./browser";

const plan = JSON.parse(
  fs.readFileSync("tests/unit/golden/prod.json", "utf8"),
) as PlannedResource[];
const resources = planResources(plan).map((r) => ({ ...r, state: "deployed" as const }));

type Found = Partial<Record<string, readonly [CheckResult["state"], string]>>;

/** Results of every check: ok, except these. */
const results = (found: Found): CheckResult[] =>
  CHECKS.map(({ id, title, expected, remedy }) => {
    const [state, seen] = found[id] ?? (["ok", "fine"] as const);
    const group = id.split(".")[0] ?? "";
    return { id, group, title, state, seen, expected, remedy, milliseconds: 1 };
  });

const healthOf = (found: Found, only = (_: CheckResult) => true) =>
  withHealth(
    buildGraph("prod", "From the last deployment.", resources),
    resources,
    results(found).filter(only),
  );

/** Boxes that are not "healthy", by kind and label, with their states. */
const ill = (nodes: readonly GraphNode[]) =>
  Object.fromEntries(
    nodes
      .filter(({ state }) => state !== "healthy")
      .map(({ kind, label, state }) => [`${kind} ${label}`, state]),
  );

const FAULTS: Found = {
  "exposure.service": ["failed", "NodePort 443:30444"],
  "exposure.listener": ["failed", "none"],
  "exposure.target-group": ["skipped", "see exposure.listener"],
  "certificate.days": ["warning", "12 days, until <soon>"],
  "secrets.synced": [
    "failed",
    "infra-db-credentials differs from secret/data/infra-db in password",
  ],
  "vault.keys": ["failed", "secret/data/teleport/agent has no zot-basic-auth"],
  "apps.login": ["failed", "grafana.lumie-infra.com answers by itself"],
  "vault.rights": ["failed", "may not write"],
  "kubernetes.rights": ["failed", "may not create pods"],
  "drift.none": ["failed", "update kubernetes:core/v1:ServicePatch node-port"],
};

describe("the health of a graph", () => {
  it("covers the resources of every check", () => {
    assert.deepEqual(
      CHECKS.map(({ id }) => id).filter((id) => !isPlaced(id)),
      [],
    );
  });

  it("is green if checks passed, and grey without a check", () => {
    assert.deepEqual(ill(healthOf({}).dependencies.nodes), {});
    const { dependencies, exposure } = healthOf({}, ({ id }) => id === "certificate.ready");
    const states = dependencies.nodes.map(({ kind, state }) => `${kind} ${state}`);
    assert.ok(states.includes("Certificate healthy"));
    assert.equal(states.filter((text) => !text.endsWith(" unknown")).length, 1);
    assert.ok(exposure.nodes.every(({ state }) => state === "unknown"));
  });

  it("colours only the faulty resources, by name", () => {
    const { dependencies, exposure, source } = healthOf(FAULTS);
    assert.deepEqual(ill(dependencies.nodes), {
      "ServicePatch teleport": "failed",
      "Listener load-balancer": "failed",
      "Certificate teleport-tls": "warning",
      "VaultStaticSecret infra-db-credentials": "failed",
      "VaultStaticSecret teleport-agent-credentials": "failed",
      "AuthBackendRole vault-access": "failed",
      "Policy vault-access": "failed",
    });
    assert.deepEqual(ill(exposure.nodes), {
      "network load balancer teleport": "failed",
      "Service 443:30443": "failed",
      "app grafana": "failed",
    });
    assert.match(
      source,
      /^From the last deployment\. Verified: 8 failed, 1 warning, \d+ ok, 1 skipped\./,
    );
    // Failures of what is not part of the plane are reported too.
    assert.match(source, /✗ kubernetes\.rights: may not create pods\.$/);
    const patch = dependencies.nodes.find(({ kind }) => kind === "ServicePatch");
    assert.match(
      patch?.details.join("\n") ?? "",
      /✗ exposure\.service: NodePort 443:30444 \(`bin\/access-plane up/,
    );
  });

  it("distinguishes the pods of two agents", () => {
    const [agent] = resources.filter(({ name }) => name === "teleport-agent");
    assert.ok(agent !== undefined);
    const other = structuredClone({ ...agent, id: "other", name: "teleport-agent-eu" });
    other.inputs["name"] = "teleport-agent-eu";
    const { dependencies } = withHealth(
      buildGraph("prod", "", [...resources, other]),
      [...resources, other],
      results({ "agent.init": ["failed", "teleport-agent-eu-0: render-config ended with 1"] }),
    );
    assert.deepEqual(ill(dependencies.nodes), { "Release teleport-agent-eu": "failed" });
  });

  it("is not changed by a failed comparison", () => {
    const { dependencies } = healthOf({ "drift.none": ["failed", "no answer within 600 seconds"] });
    const states = new Set(dependencies.nodes.map(({ state }) => state));
    assert.deepEqual(states, new Set(["healthy", "unknown"]));
  });

  it("is drawn in every format", async () => {
    const graph = healthOf(FAULTS);
    const svg = await graphSvg(graph);
    assert.match(svg, /class="node state-failed" [^>]*aria-label="ServicePatch teleport: failed/);
    assert.match(svg, /\.state-failed \.bar \{ fill: var\(--failed\); \}/);
    const mermaid = graphMermaid(graph);
    assert.match(mermaid, /\["Service: 443:30443"\]:::failed/);
    assert.match(mermaid, /\["Certificate: teleport-tls"\]:::warning/);
    assert.match(mermaid, /classDef healthy stroke:#/);
  });

  it("is shown in a browser: colours, and the check behind each", async function () {
    this.timeout(90_000);
    const browser = await startBrowser();
    if (browser === undefined) return this.skip();
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "graph-health-"));
    try {
      const file = path.join(folder, "plane.html");
      fs.writeFileSync(file, await graphHtml(healthOf(FAULTS)));
      const page = await browser.newPage({ viewport: { width: 1500, height: 900 } });
      await page.goto(`file://${file}`);
      const bars = (state: string) =>
        page.evaluate<string[]>(
          `[...new Set([...document.querySelectorAll(".node.state-${state} .bar")]
            .map((bar) => getComputedStyle(bar).fill))]`,
        );
      const seen = await Promise.all(["failed", "warning", "healthy"].map(bars));
      assert.ok(seen.every(({ length }) => length === 1));
      assert.equal(new Set(seen.flat()).size, 3);
      await page.locator(".node", { hasText: "teleport-tls" }).first().click();
      const about = (await page.locator("#about").textContent()) ?? "";
      assert.match(about, /warning/);
      assert.match(about, /! certificate\.days: 12 days, until <soon>/);
      await page.locator("#search").fill("exposure.service");
      assert.match((await page.locator("#about").textContent()) ?? "", /Service 443:30443/);
    } finally {
      await browser.close();
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("is read from the output of verify --json, and from nothing else", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "graph-findings-"));
    const file = path.join(folder, "verify.json");
    const refused = (content: string, expected: RegExp) => {
      fs.writeFileSync(file, content);
      assert.throws(
        () => readVerifyResults("prod", file),
        (error) =>
          error instanceof CommandError &&
          error.reason === "USAGE" &&
          expected.test(error.message) &&
          error.message.includes(file),
      );
    };
    try {
      const printed = { stack: "prod", results: results(FAULTS) };
      fs.writeFileSync(file, JSON.stringify(printed));
      assert.deepEqual(readVerifyResults("prod", file), printed.results);
      refused("not JSON", /JSON/);
      refused('{"stack":"prod","results":[{"id":"x"}]}', /not what verify --json prints/);
      refused(JSON.stringify({ ...printed, stack: "dev" }), /stack dev, must be prod/);
      fs.rmSync(file);
      assert.throws(() => readVerifyResults("prod", file), /ENOENT/);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
