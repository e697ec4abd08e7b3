import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { at } from "../src/providers/framework.ts";
import { patchAs, runningSandbox, unique, type Sandbox } from "./provider-kubernetes-support.ts";

const PROGRAM = `
const k8s = require("@pulumi/kubernetes");
const random = require("@pulumi/random");
const { TURN = "one", NS, CHART } = process.env;
const provider = new k8s.Provider("sandbox", { kubeconfig: process.env.KUBECONFIG });
const opts = { provider };
const ns = new k8s.core.v1.Namespace("ns", { metadata: { name: NS } }, opts);
const namespace = ns.metadata.name;
const password = new random.RandomPassword("password", { length: 24, special: false });
const secret = new k8s.core.v1.Secret(
  "secret",
  { metadata: { namespace, name: "secret" }, stringData: { password: password.result } },
  opts,
);
const service = new k8s.core.v1.Service(
  "service",
  {
    metadata: { namespace, name: "web", annotations: { "pulumi.com/skipAwait": "true" } },
    spec: { type: "NodePort", selector: { app: "web" }, ports: [{ name: "tls", port: 443 }] },
  },
  opts,
);
const settings = new k8s.core.v1.ConfigMap("settings", { metadata: { namespace }, data: { turn: TURN } }, opts);
const release = new k8s.helm.v3.Release(
  "release",
  { chart: CHART, name: "web", namespace, values: { turn: TURN, password: password.result } },
  opts,
);
if (process.env.IMPORT) {
  new k8s.core.v1.ConfigMap(
    "theirs",
    { metadata: { namespace: NS, name: "theirs" }, data: { a: "1" } },
    { provider, import: NS + "/theirs" },
  );
}
exports.secretName = secret.metadata.name;
exports.settingsName = settings.metadata.name;
exports.port = service.spec.ports[0].nodePort;
exports.release = release.status.status;
exports.password = password.result;
`;

describe("kubernetes and random providers: a real program", function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  let environment: NodeJS.ProcessEnv;
  const folder = mkdtempSync(join(tmpdir(), "provider-program-"));
  const namespace = unique("program");
  let started = false;

  const pulumi = (args: string[], more: NodeJS.ProcessEnv = {}) => {
    const run = spawnSync("pulumi", [...args, "--non-interactive", "--color", "never"], {
      cwd: folder,
      env: { ...environment, ...more },
      encoding: "utf8",
    });
    return { code: run.status, text: run.stdout + run.stderr };
  };
  const succeed = (args: string[], more: NodeJS.ProcessEnv = {}): string => {
    const { code, text } = pulumi(args, more);
    assert.equal(code, 0, text);
    return text;
  };
  const output = (name: string): string =>
    succeed(["stack", "output", name, "--show-secrets"]).trim();
  const up = ["up", "--yes", "--skip-preview"];

  before(async function () {
    const found = await runningSandbox();
    if (!found) return this.skip();
    sandbox = found;
    const chart = join(folder, "chart");
    mkdirSync(join(chart, "templates"), { recursive: true });
    writeFileSync(join(chart, "Chart.yaml"), "apiVersion: v2\nname: web\nversion: 0.1.0\n");
    writeFileSync(
      join(chart, "templates/config.yaml"),
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: from-chart }\ndata: { turn: {{ .Values.turn }} }\n",
    );
    writeFileSync(join(folder, "Pulumi.yaml"), "name: program\nruntime: nodejs\n");
    writeFileSync(join(folder, "package.json"), '{ "name": "program", "main": "index.js" }\n');
    writeFileSync(join(folder, "index.js"), PROGRAM);
    const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
    symlinkSync(modules, join(folder, "node_modules"));
    mkdirSync(join(folder, "state"));
    environment = {
      ...sandbox.environment,
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      NS: namespace,
      CHART: chart,
    };
    succeed(["stack", "init", "test"]);
    started = true;
  });
  after(() => {
    if (started) pulumi(["destroy", "--yes", "--skip-preview"]);
    rmSync(folder, { recursive: true, force: true });
  });

  it("previews and creates everything, secrets encrypted in the state", () => {
    assert.match(succeed(["preview"]), /8 to create/);
    succeed(up);
    assert.equal(output("release"), "deployed");
    const state = readFileSync(join(folder, "state/.pulumi/stacks/program/test.json"), "utf8");
    const password = output("password");
    assert.equal(password.length, 24);
    assert.ok(!state.includes(password), "the password is not readable in the state");
    assert.ok(!state.includes(Buffer.from(password).toString("base64")), "nor its base64");
  });

  it("shows no change when nothing changed, refreshed or not", () => {
    succeed(["preview", "--expect-no-changes"]);
    succeed(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
    succeed([...up, "--expect-no-changes"]);
  });

  it("updates, replaces and upgrades what changed", async () => {
    const before = output("settingsName");
    const preview = succeed(["preview"], { TURN: "two" });
    assert.match(preview, /1 to update/);
    assert.match(preview, /1 to replace/);
    succeed(up, { TURN: "two" });
    assert.notEqual(output("settingsName"), before, "an autonamed ConfigMap gets a new name");
    const kind = { apiVersion: "v1", kind: "ConfigMap" };
    assert.equal(await sandbox.objects.find(kind, namespace, before), undefined);
    const rendered = await sandbox.objects.get(kind, namespace, "from-chart");
    assert.equal(at(rendered, "data.turn"), "two");
  });

  it("finds drift by refresh and puts it right", async () => {
    const place = { apiVersion: "v1", kind: "Service", namespace, name: "web" };
    await patchAs(sandbox, "kubectl-edit", place, { spec: { selector: { app: "other" } } });
    const seen = pulumi(["preview", "--refresh", "--expect-no-changes"], { TURN: "two" });
    assert.notEqual(seen.code, 0);
    assert.match(seen.text, /Service +service +update/);
    succeed([...up, "--refresh"], { TURN: "two" });
    const live = await sandbox.objects.get(place, namespace, "web");
    assert.deepEqual(at(live, "spec.selector"), { app: "web" });
    succeed(["preview", "--refresh", "--expect-no-changes"], { TURN: "two" });
  });

  it("imports an object that is already there", async () => {
    const kind = { apiVersion: "v1", kind: "ConfigMap" };
    await sandbox.objects.client.request("POST", await sandbox.objects.path(kind, namespace), {
      body: { ...kind, metadata: { name: "theirs" }, data: { a: "1" } },
    });
    succeed(up, { TURN: "two", IMPORT: "yes" });
    succeed(["preview", "--expect-no-changes"], { TURN: "two", IMPORT: "yes" });
  });

  it("destroys to nothing", async () => {
    succeed(["destroy", "--yes", "--skip-preview"]);
    const kind = { apiVersion: "v1", kind: "Namespace" };
    assert.equal(await sandbox.objects.find(kind, "", namespace), undefined);
    started = false;
  });
});
