import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import {
  appRegistrations,
  appTable,
  movedApps,
  registrationLines,
} from "../../../../operations/plan/app-registrations";
import { main } from "../../../../operations/cli/main";
import { stepsText } from "../../../../operations/cli/summary";
import type { Step } from "../../../../operations/engine/steps";
import type { PlannedResource } from "../../../../operations/plan/plan-stack";
import { inCreationOrder } from "../../../../operations/plan/creation-order";
import { extraValues } from "../../../../inventory/charts";
import { planText } from "../../../../operations/plan/text";
import type { RecordedResource } from "../../../../operations/plan/record-program";
import { readableHeaders } from "../../../../inventory/apps";
import { appLines } from "../../../../operations/report/apps";
import { reportMarkdown } from "../../../../operations/report/markdown";
import { parseSettings } from "../../../../settings/load";
import { goodSettings } from "../../settings/fixture";

const MANY = 10_000;
const SECRET = {
  rewrite: { headers: [{ name: "Authorization", secret: { key: "zot-basic-auth" } }] },
};

const settingsWith = (entries: object) => {
  const { settings, problems } = parseSettings({ ...goodSettings(), apps: { entries } });
  assert.ok(settings, JSON.stringify(problems));
  return settings;
};

const CATALOGUE = {
  wiki: { uri: "http://wiki" },
  chat: { uri: "http://chat", labels: { team: "all of them" } },
  safe: { uri: "http://safe", ...SECRET },
};

/** A folder with a plane's stack file and a catalogue. */
function folderWith(entries: object): string {
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), "registrations-"));
  const sections = { ...goodSettings(), apps: { entries } };
  const config = Object.entries(sections).map(([key, value]) => [`access-plane:${key}`, value]);
  const text = stringify({ config: Object.fromEntries(config) as object });
  fs.writeFileSync(path.join(cwd, "Pulumi.prod.yaml"), text);
  return cwd;
}

describe("the report about registration of apps", () => {
  it("lists reasons, the most frequent first, with some of the apps", () => {
    const apps = appRegistrations(settingsWith(CATALOGUE));
    assert.deepEqual(registrationLines(apps), [
      "12 static, because the settings say so (in an agent's section static is the default): argocd, coder, gitea, grafana, headlamp and 7 more",
      "1 static, because a label is not valid for a Kubernetes object: chat",
      "1 static, because a header has a secret value that no sidecar of the agent adds (secretHeaders): safe",
      "1 dynamic, because nothing in it needs the agent's configuration, so its agent need not restart: wiki",
    ]);
    assert.match(
      appTable(apps),
      /^safe +teleport-agent +static +a header has the value of the secret zot-basic-auth, which/m,
    );
  });

  it("has one line for ten thousand apps", () => {
    const names = Array.from({ length: MANY }, (_, index) => `app-${String(index)}`);
    const entries = Object.fromEntries(names.map((name) => [name, { uri: "http://a" }]));
    const lines = registrationLines(appRegistrations(settingsWith(entries)));
    assert.deepEqual(lines.slice(0, 1), [
      "10000 dynamic, because nothing in it needs the agent's configuration, so its agent need not restart: app-0, app-1, app-10, app-100, app-1000 and 9995 more",
    ]);
  });

  it("describes the gap when an app moves to another agent", () => {
    const apps = appRegistrations(settingsWith(CATALOGUE));
    const moved = apps.map((one) => ({ ...one, agent: "pool-b" }));
    const lines = movedApps(apps, moved);
    assert.match(
      lines.find((line) => line.startsWith("grafana ")) ?? "",
      /^grafana moves from agent teleport-agent to pool-b: both restart, its sessions end, and nobody/,
    );
    assert.match(lines.find((line) => line.startsWith("wiki ")) ?? "", /for some seconds$/);
    assert.deepEqual(movedApps(apps, apps), []);
  });

  it("warns of secret headers that users can read", () => {
    const settings = settingsWith(CATALOGUE);
    const agent = settings.kind === "plane" ? settings.agents["teleport-agent"] : undefined;
    assert.ok(agent !== undefined && settings.kind === "plane");
    for (const [way, warns] of [
      ["rendered", true],
      ["sidecar", false],
    ] as const) {
      const agents = { "teleport-agent": { ...agent, secretHeaders: way } };
      const text = planText("prod", [], { readable: readableHeaders({ ...settings, agents }) });
      assert.equal(/WARNING: everybody who may open these apps/.test(text), warns, way);
      assert.equal(text.includes("teleport-agent: zot (Authorization)"), warns, way);
    }
  });

  it("shows chart values that no setting decides", () => {
    const settings = settingsWith(CATALOGUE);
    assert.ok(settings.kind === "plane");
    const agent = settings.agents["teleport-agent"];
    assert.ok(agent !== undefined);
    assert.deepEqual(extraValues(settings), []);
    const own = {
      ...settings,
      teleport: {
        ...settings.teleport,
        values: { auth: { terminationGracePeriodSeconds: 90 }, extraArgs: ["--debug"] },
      },
      agents: { "teleport-agent": { ...agent, values: { dnsPolicy: "Default" } } },
    };
    const text = planText("prod", [], { values: extraValues(own) });
    assert.match(text, /no setting decides/);
    for (const line of [
      "teleport: auth.terminationGracePeriodSeconds: 90",
      'teleport: extraArgs: ["--debug"]',
      'teleport-agent: dnsPolicy: "Default"',
    ]) {
      assert.ok(text.includes(`      ${line}\n`), text);
    }
  });

  it("is printed by plan --apps, also as JSON", async () => {
    const cwd = folderWith(CATALOGUE);
    try {
      const ask = async (...more: string[]) => {
        let stdout = "";
        const stream = { write: (text: string) => (stdout += text) };
        const ask = () => Promise.reject(new Error("no terminal"));
        const context = { cwd, env: {}, stdout: stream, stderr: { write: () => "" }, ask };
        assert.equal(await main(["plan", "--stack", "prod", "--apps", ...more], context), 0);
        return stdout;
      };
      assert.match(await ask(), /^wiki +teleport-agent +dynamic +nothing in it needs/m);
      const list = JSON.parse(await ask("--json")) as { app: string; cause: string }[];
      assert.deepEqual(list.find(({ app }) => app === "chat")?.cause, "label");
    } finally {
      fs.rmSync(cwd, { recursive: true });
    }
  });

  it("is part of a change's report, with the apps that move", () => {
    const wiki = { uri: "http://wiki", ...SECRET };
    const [base, head] = [folderWith(CATALOGUE), folderWith({ ...CATALOGUE, wiki })];
    try {
      const lines = appLines("prod", head, base);
      assert.deepEqual(lines.slice(3), [
        "wiki becomes static instead of dynamic, because a header has the value of the secret zot-basic-auth, which no sidecar of the agent adds",
      ]);
      assert.deepEqual(appLines("other", head, base), []);
      const moved = Array.from({ length: MANY }, (_, index) => `app-${String(index)} moves`);
      const nothing = { changes: [], warnings: [], errors: [], stack: "prod", comparedWith: "" };
      const text = reportMarkdown({ ...nothing, apps: [...lines, ...moved] });
      assert.match(text, /### Apps\n\n- 12 static, .*\n(- .*\n)+- _9974 more;/);
    } finally {
      for (const folder of [base, head]) fs.rmSync(folder, { recursive: true });
    }
  });
});

describe("ten thousand apps", () => {
  const APP = "kubernetes:resources.teleport.dev/v1:TeleportAppV3";
  const resource = (name: string, dependencies: string[]): RecordedResource => ({
    ...{ urn: name, type: APP, name, inputs: {}, secretInputs: [], parent: "stack" },
    ...{ dependencies, provider: "", protect: false },
  });

  it("are sorted in one pass, and shown as some names and a number", () => {
    const names = Array.from({ length: MANY }, (_, index) => `app-${String(index)}`);
    const recorded = [
      resource("release", names),
      ...names.flatMap((name) => [resource(name, []), resource(`${name}-seen`, [name])]),
    ];
    const order = inCreationOrder(recorded);
    assert.equal(order.length, 2 * MANY + 1);
    const places = new Map(order.map(({ resource: { name } }, place) => [name, place]));
    for (const name of names) {
      const at = places.get(name) ?? NaN;
      assert.ok(at < (places.get(`${name}-seen`) ?? NaN), name);
      assert.ok(at < (places.get("release") ?? NaN), name);
    }

    const plan = order.map(({ resource: { name, type }, waitsFor }, step) => ({
      ...{ step, part: "apps", type, name, facts: [], protect: false, inputs: {} },
      waitsFor: waitsFor.map((other) => other.name),
    })) satisfies PlannedResource[];
    const text = planText("prod", plan);
    assert.ok(text.split("\n").length < 40, text);
    assert.match(text, / 19996 more of TeleportAppV3\n/);
    const all = planText("prod", plan, { all: true });
    assert.ok(all.split("\n").length > 2 * MANY);
    assert.match(all, /after app-0, app-1, app-2, app-3, app-4, and 9995 more/);
  });

  it("are some lines and a number in a preview, with the other resources", () => {
    const step = (kind: Step["kind"], name: string): Step => ({
      ...{ kind, urn: name, type: APP, name, changed: [], replaceBecause: [] },
    });
    const created = Array.from({ length: MANY }, (_, index) => step("create", `app-${index}`));
    const text = stepsText([step("delete", "gone"), ...created, step("update", "last")], false);
    assert.deepEqual(text.split("\n").slice(-3), [
      "  + create  TeleportAppV3 app-4",
      "  + create  TeleportAppV3 and 9995 more (--json names them)",
      "  ~ update  TeleportAppV3 last",
    ]);
    assert.match(text, /^ {2}- delete {2}TeleportAppV3 gone\n/);
  });
});
