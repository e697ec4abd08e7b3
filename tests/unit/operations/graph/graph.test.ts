import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Browser, Page } from "playwright-core";
import { buildGraph } from "../../../../operations/graph/build-graph";
import { withoutImplied } from "../../../../operations/graph/dependencies";
import { graphHtml } from "../../../../operations/graph/html";
import { layOut, type Box } from "../../../../operations/graph/layout";
import { graphMermaid } from "../../../../operations/graph/mermaid";
import type { Graph, GraphResource } from "../../../../operations/graph/model";
import {
  planResources,
  previewResources,
  stateResources,
} from "../../../../operations/graph/resources";
import { graphSvg } from "../../../../operations/graph/svg";
import type { PlannedResource } from "../../../../operations/plan/plan-stack";
import { comparePlans } from "../../../../operations/report/compare-plans";
import { startBrowser } from "./browser";

const plan = JSON.parse(
  fs.readFileSync("tests/unit/golden/prod.json", "utf8"),
) as PlannedResource[];
const planned = planResources(plan);
const graphOf = (resources: readonly GraphResource[]): Graph =>
  buildGraph("prod", "From the settings.", resources);

/** The plan with another node port, without the wildcard record, and with one more record. */
function changedPlan(): PlannedResource[] {
  const head = structuredClone(plan).filter(({ name }) => name !== "dns-wildcard");
  for (const { type, inputs } of head) {
    if (type.endsWith(":TargetGroup")) inputs["port"] = 31000;
    if (type.endsWith(":Certificate")) inputs["spec"] = { dnsNames: ["x"] };
  }
  const apex = head.find(({ name }) => name === "dns-apex");
  assert.ok(apex !== undefined);
  return [...head, { ...apex, step: 99, name: "dns-<new>&" }];
}

const changed = () => graphOf(planResources(changedPlan(), comparePlans(plan, changedPlan())));

describe("the graph of a plane", () => {
  it("shows the way from the internet to each app", () => {
    const { nodes, edges } = graphOf(planned).exposure;
    const chain: string[] = [];
    for (let at: string | undefined = "path/internet"; at !== undefined;) {
      const id: string = at;
      chain.push(nodes.find((node) => node.id === id)?.label ?? id);
      at = edges.find(({ from }) => from === id)?.to;
    }
    assert.deepEqual(chain, [
      "Internet",
      "lumie-infra.com",
      "teleport",
      "port 30443",
      "443:30443",
      "teleport-proxy × 2",
      "teleport-agent × 2",
      "group/apps of teleport-agent",
    ]);
    const apps = nodes.filter(({ part }) => part === "apps of teleport-agent");
    assert.equal(apps.length, 12);
    assert.deepEqual(apps.at(-1)?.details, ["https://zot.lumie-infra.com"]);
  });

  it("shows every resource, and no arrow that others imply", () => {
    const { nodes, edges } = graphOf(planned).dependencies;
    assert.equal(
      nodes.flatMap(({ resources }) => resources).length,
      plan.filter(({ type }) => !type.startsWith("pulumi:")).length,
    );
    const short = (id: string) => id.split(":").slice(-1)[0] ?? id;
    const into = edges.filter(({ to }) => to.includes("TeleportProvisionToken"));
    assert.deepEqual(
      into.map(({ from }) => short(from)),
      ["teleport"],
    );
    assert.deepEqual(
      withoutImplied([
        { from: "a", to: "b" },
        { from: "b", to: "c" },
        { from: "a", to: "c" },
        { from: "c", to: "c" },
      ]),
      [
        { from: "a", to: "b" },
        { from: "b", to: "c" },
      ],
    );
  });

  it("colours what a change does, including deletions", () => {
    const { dependencies, exposure } = changed();
    const states = Object.fromEntries(
      dependencies.nodes.map(({ kind, label, state }) => [`${kind} ${label}`, state]),
    );
    assert.equal(states["TargetGroup load-balancer-groups"], "replace");
    assert.equal(states["Certificate teleport-tls"], "update");
    assert.equal(states["Record dns-wildcard"], "delete");
    assert.equal(states["Record dns-<new>&"], "create");
    assert.equal(states["Release teleport"], "deployed");
    const targets = exposure.nodes.find(({ id }) => id === "path/targets");
    assert.equal(targets?.state, "replace");
  });

  it("shows an app only under the agent that serves it", () => {
    const part = { dependsOn: [], state: "planned" as const };
    const agent = (name: string): GraphResource => ({
      id: name,
      ...part,
      part: name,
      type: "kubernetes:helm.sh/v3:Release",
      name,
      inputs: {
        name,
        chart: "teleport-kube-agent",
        values: { appResources: [{ labels: { "access-plane/agent": name } }] },
      },
    });
    const app = (name: string, pool: string): GraphResource => ({
      id: `app-${name}`,
      ...part,
      part: "apps",
      type: "kubernetes:resources.teleport.dev/v1:TeleportAppV3",
      name,
      inputs: { metadata: { name, labels: { "access-plane/agent": pool } } },
    });
    const { nodes, edges } = graphOf([
      ...[agent("one"), agent("two"), agent("idle")],
      ...[app("grafana", "one"), app("wiki", "one"), app("mail", "two")],
    ]).exposure;
    const apps = nodes.filter(({ kind }) => kind === "app");
    assert.deepEqual(
      apps.map(({ label, part }) => [label, part]),
      [
        ["grafana", "registered apps of one"],
        ["wiki", "registered apps of one"],
        ["mail", ""],
      ],
    );
    assert.equal(
      edges.find(({ from }) => from === "path/agent/idle"),
      undefined,
    );
  });

  it("shows hundreds of one kind as one box", () => {
    const many = Array.from({ length: 300 }, (_, index) => ({
      id: `x:TeleportAppV3::app-${index}`,
      part: "catalogue",
      type: "kubernetes:resources.teleport.dev/v1:TeleportAppV3",
      name: `app-${index}`,
      inputs: { metadata: { name: `app-${index}` } },
      dependsOn: [],
      state: index === 7 ? ("create" as const) : ("deployed" as const),
    }));
    const { nodes } = graphOf([...planned, ...many]).dependencies;
    const [box] = nodes.filter(({ part }) => part === "catalogue");
    assert.equal(box?.label, "300 of them");
    assert.equal(box.state, "create");
    assert.ok(box.details.includes("app-7 (create)"));
  });

  it("reads a stack's state: refreshed, waiting for deletion, interrupted", () => {
    const urn = (type: string, name: string) => `urn:pulumi:s::access-plane::${type}::${name}`;
    const token = "kubernetes:resources.teleport.dev/v2:TeleportProvisionToken";
    const release = "kubernetes:helm.sh/v3:Release";
    const resources = stateResources({
      deployment: {
        resources: [
          { urn: urn(token, "t"), type: token, custom: true },
          {
            urn: urn(release, "agent"),
            type: release,
            custom: true,
            dependencies: [urn(token, "t")],
            inputs: {
              value: {
                "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
                ciphertext: "c",
              },
            },
          },
          { urn: urn(release, "agent"), type: release, custom: true, delete: true },
        ],
        pending_operations: [
          { resource: { urn: urn(release, "new"), type: release, custom: true }, type: "creating" },
        ],
      },
    });
    assert.deepEqual(
      resources.map(({ id, dependsOn, state }) => ({ id, dependsOn, state })),
      [
        { id: `${token}::t`, dependsOn: [], state: "deployed" },
        { id: `${release}::agent`, dependsOn: [`${token}::t`], state: "deployed" },
        { id: `${release}::new`, dependsOn: [], state: "unfinished" },
      ],
    );
    assert.deepEqual(resources[1]?.inputs, { value: "[secret]" });
  });

  it("reads a preview, in which a replacement has three steps", () => {
    const urn = "urn:pulumi:s::access-plane::aws:lb/targetGroup:TargetGroup::lb";
    const state = { urn, type: "aws:lb/targetGroup:TargetGroup", custom: true, inputs: {} };
    const steps = ["create-replacement", "replace", "delete-replaced"].map((op) => ({
      op,
      urn,
      oldState: state,
      newState: state,
    }));
    assert.deepEqual(
      previewResources({ steps }).map((resource) => resource.state),
      ["replace"],
    );
  });
});

describe("the layout of a graph", () => {
  const overlap = (a: Box, b: Box) =>
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

  for (const diagram of ["exposure", "dependencies"] as const) {
    it(`places ${diagram} without overlap, the same every time`, async () => {
      const layout = await layOut(changed()[diagram]);
      layout.nodes.forEach((one, index) => {
        for (const other of layout.nodes.slice(index + 1)) {
          assert.ok(!overlap(one.box, other.box), `${one.node.id} and ${other.node.id}`);
        }
        for (const { label } of layout.edges) {
          assert.ok(
            label === undefined || !overlap(one.box, label.box),
            `${one.node.id} and a label`,
          );
        }
      });
      assert.ok(layout.edges.every(({ points }) => points.length >= 2));
      assert.deepEqual(await layOut(changed()[diagram]), layout);
    });
  }
});

describe("a graph as text", () => {
  it("is well-formed SVG with everything escaped", async () => {
    const svg = await graphSvg(changed());
    assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
    assert.ok(svg.includes("dns-&lt;new&gt;&amp;"));
    assert.ok(!svg.includes("dns-<new>"));
  });

  it("is Mermaid with groups, states and quoted labels", () => {
    const text = graphMermaid(changed());
    assert.equal(text.match(/```mermaid\nflowchart LR\n/g)?.length, 2);
    assert.match(text, /subgraph p\d+\["load-balancer"\]/);
    assert.match(text, /\["Record: dns-#60;new#62;#38;"\]:::create/);
    assert.match(text, /classDef replace stroke:/);
    assert.match(text, /n\d+ -->\|"reverse tunnel"\| n\d+/);
  });
});

describe("the page of a graph", () => {
  let browser: Browser | undefined;
  let page: Page;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "graph-page-"));
  const errors: string[] = [];

  before(async function () {
    this.timeout(90_000);
    browser = await startBrowser();
    if (browser === undefined) this.skip();
    const file = path.join(folder, "plane.html");
    fs.writeFileSync(file, await graphHtml(changed()));
    page = await browser.newPage({ viewport: { width: 1500, height: 900 } });
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith("file:")) errors.push(`asked for ${request.url()}`);
    });
    await page.goto(`file://${file}`);
  });
  after(async () => {
    await browser?.close();
    fs.rmSync(folder, { recursive: true });
  });

  const box = (text: string) => page.locator(".node", { hasText: text });

  it("fits every label into its box", async () => {
    // Runs in the page, so the types of this program do not apply.
    const wide = await page.evaluate(`[...document.querySelectorAll(".node")].flatMap((node) => {
      const frame = node.querySelector(".box").getBBox();
      const end = (text) => text.getBBox().x + text.getBBox().width;
      return [...node.querySelectorAll("text")]
        .filter((text) => end(text) > frame.x + frame.width - 3)
        .map((text) => text.textContent);
    })`);
    assert.deepEqual(wide, []);
  });

  it("shows the details of a clicked box, with links to its neighbours", async () => {
    await box("TargetGroup").first().click();
    const about = page.locator("#about");
    assert.match((await about.textContent()) ?? "", /will be replaced/);
    assert.match((await about.textContent()) ?? "", /Waits for.*ServicePatch teleport/);
    await about.getByRole("button", { name: "ServicePatch teleport" }).click();
    assert.match((await about.textContent()) ?? "", /port 443 → node port 30443/);
    assert.match(decodeURIComponent(page.url()), /#kubernetes:core\/v1:ServicePatch::node-port$/);
    await page.keyboard.press("Escape");
    assert.match((await about.textContent()) ?? "", /Click a box/);
  });

  it("has a search, and works with the keyboard", async () => {
    await page.locator("#search").fill("zot");
    assert.match((await page.locator("#about").textContent()) ?? "", /app zot/);
    await page.locator("#search").fill("");
    await box("teleport-tls").focus();
    await page.keyboard.press("Enter");
    assert.match((await page.locator("#about").textContent()) ?? "", /Certificate in certificate/);
    await page.keyboard.press("Escape");
  });

  it("has a light and a dark mode", async () => {
    const colour = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    await page.emulateMedia({ colorScheme: "light" });
    const light = await colour();
    await page.emulateMedia({ colorScheme: "dark" });
    assert.notEqual(await colour(), light);
  });

  it("is readable without zooming, and uses the window", async () => {
    const file = path.join(folder, "reference.html");
    fs.writeFileSync(file, await graphHtml(graphOf(planned)));
    await page.setViewportSize({ width: 1500, height: 1000 });
    await page.goto(`file://${file}`);
    const seen = await page.evaluate(`(() => {
      const main = document.querySelector("main");
      const texts = [...main.querySelectorAll("svg text")];
      const ends = [...main.querySelectorAll(".node")].map((box) => box.getBoundingClientRect().bottom);
      return {
        smallest: Math.min(...texts.map((text) =>
          parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a)),
        used: Math.min(innerHeight, Math.max(...ends)) / innerHeight,
        sideways: main.scrollWidth - main.clientWidth,
      };
    })()`);
    const { smallest, used, sideways } = seen as Record<"smallest" | "used" | "sideways", number>;
    assert.ok(smallest >= 11, `smallest text: ${smallest} px`);
    assert.ok(used >= 0.7, `height used: ${used}`);
    assert.equal(sideways, 0);
  });

  it("loads nothing and logs no error", () => {
    assert.deepEqual(errors, []);
  });
});
