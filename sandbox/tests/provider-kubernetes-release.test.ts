import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Asset, at, Secret, unwrap, type Props } from "../src/providers/framework.ts";
import {
  failureOf,
  ProviderProcess,
  runningSandbox,
  unique,
  type Sandbox,
} from "./provider-kubernetes-support.ts";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }}-web }
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: {{ .Release.Name }} } }
  template:
    metadata: { labels: { app: {{ .Release.Name }} } }
    spec:
      {{- with .Values.nodeSelector }}
      nodeSelector: {{ toJson . }}
      {{- end }}
      containers: [{ name: c, image: i }]
`;
const CONFIG = `apiVersion: v1
kind: ConfigMap
metadata: { name: {{ .Release.Name }}-config }
data: { text: {{ .Values.text | quote }}, token: {{ .Values.token | quote }} }
`;

describe("kubernetes provider: Helm releases", function () {
  this.timeout(90_000);
  let sandbox: Sandbox;
  let provider: ProviderProcess;
  let started = false;
  const folder = mkdtempSync(join(tmpdir(), "release-chart-"));
  const chart = join(folder, "demo");
  const namespace = unique("releases");
  const open: { id: string; outs: Props; inputs: Props }[] = [];

  const inputs = (name: string, values: Props = {}, more: Props = {}): Props => ({
    chart,
    name,
    namespace,
    createNamespace: true,
    timeout: 20,
    values,
    ...more,
  });
  const checked = async (name: string, news: Props, olds: Props = {}): Promise<Props> => {
    const answer = await provider.check(RELEASE, name, news, olds);
    assert.deepEqual(answer.failures, []);
    return answer.inputs;
  };
  const install = async (name: string, news: Props) => {
    const state = await provider.create(RELEASE, name, await checked(name, news));
    open.push(state);
    return state;
  };
  const text = async (name: string): Promise<unknown> => {
    const kind = { apiVersion: "v1", kind: "ConfigMap" };
    const found = await sandbox.objects.find(kind, namespace, `${name}-config`);
    return found && at(found, "data.text");
  };

  before(async function () {
    const found = await runningSandbox();
    if (!found) return this.skip();
    sandbox = found;
    mkdirSync(join(chart, "templates"), { recursive: true });
    writeFileSync(
      join(chart, "Chart.yaml"),
      "apiVersion: v2\nname: demo\nversion: 1.2.3\nappVersion: '7'\n",
    );
    writeFileSync(
      join(chart, "values.yaml"),
      "replicas: 1\ntext: first\ntoken: none\nnodeSelector: {}\n",
    );
    writeFileSync(join(chart, "templates/deployment.yaml"), DEPLOYMENT);
    writeFileSync(join(chart, "templates/config.yaml"), CONFIG);
    const { kubeconfig, environment } = sandbox;
    provider = await ProviderProcess.start("kubernetes", { kubeconfig }, environment, folder);
    started = true;
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    if (!started) return;
    for (const state of open)
      await provider.delete(RELEASE, "r", state.id, state).catch(() => undefined);
    const space = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
    const state = { outs: space, inputs: space };
    await provider.delete("kubernetes:core/v1:Namespace", "ns", namespace, state);
    provider.stop();
  });

  it("installs, reports status and objects, and shows no change afterwards", async () => {
    const state = await install(
      "one",
      inputs("one", { text: "hello", token: new Secret("t0ken") }),
    );
    assert.equal(state.id, `${namespace}/one`);
    const { status, resourceNames } = unwrap(state.outs) as Props;
    assert.deepEqual(status, {
      name: "one",
      namespace,
      revision: 1,
      status: "deployed",
      chart: "demo",
      version: "1.2.3",
      appVersion: "7",
    });
    assert.deepEqual(at(resourceNames ?? null, '["Deployment.apps/apps/v1"]'), ["one-web"]);
    assert.ok(state.outs["__inputs"] instanceof Secret);
    assert.ok(at(state.outs, "values.token"), "values are kept");
    assert.ok((state.outs["values"] as Props)["token"] instanceof Secret, "and their secrets");
    const again = await checked(
      "one",
      inputs("one", { text: "hello", token: new Secret("t0ken") }),
      state.inputs,
    );
    assert.equal((await provider.diff(RELEASE, "one", state.id, state, again)).changes, false);
    const refreshed = await provider.read(RELEASE, "one", state.id, state);
    assert.equal((await provider.diff(RELEASE, "one", state.id, refreshed, again)).changes, false);
  });

  it("upgrades by values and sees an edited local chart of the same version", async () => {
    const state = await install("two", inputs("two"));
    const news = await checked("two", inputs("two", { text: "second" }), state.inputs);
    const diff = await provider.diff(RELEASE, "two", state.id, state, news);
    assert.deepEqual([diff.paths, diff.replaces], [["values.text"], []]);
    const updated = await provider.update(RELEASE, "two", state.id, state, news);
    assert.equal(at(updated.outs, "status.revision"), 2);
    assert.equal(await text("two"), "second");
    writeFileSync(join(chart, "templates/NOTES.txt"), "edited\n");
    const edited = await checked("two", inputs("two", { text: "second" }), news);
    const seen = await provider.diff(RELEASE, "two", state.id, updated, edited);
    assert.deepEqual(seen.paths, ["checksum"]);
    rmSync(join(chart, "templates/NOTES.txt"));
  });

  it("merges value files in order, values over them, secrets kept", async () => {
    const path = join(folder, "more.yaml");
    writeFileSync(path, "replicas: 2\ntext: file\n");
    const files = [new Asset({ path }), new Asset({ text: "text: later" })];
    const values = { token: new Secret("t") };
    const merged = await checked("files", inputs("files", values, { valueYamlFiles: files }));
    assert.deepEqual(merged["values"], { replicas: 2, text: "later", token: new Secret("t") });
    assert.equal(merged["valueYamlFiles"], undefined);
  });

  it("previews without touching the cluster", async () => {
    const news = await checked("dry", inputs("dry"));
    const { outs } = await provider.create(RELEASE, "dry", news, { preview: true, timeout: 0 });
    assert.equal(typeof outs["status"], "symbol", "the status is unknown");
    assert.equal(await text("dry"), undefined);
  });

  it("keeps a failed install in the state with the scheduler's words, and repairs it", async () => {
    const stuck = { nodeSelector: { nowhere: "at-all" } };
    const news = await checked("bad", inputs("bad", stuck, { timeout: 4 }));
    const failure = await failureOf(provider.create(RELEASE, "bad", news));
    assert.ok(failure.init);
    assert.equal(failure.init.id, `${namespace}/bad`);
    assert.equal(at(failure.init.outs, "status.status"), "failed");
    assert.match(failure.message, /failed to initialize completely: INSTALLATION FAILED/);
    assert.match(failure.message, /Deployment .*bad-web: pod .*Unschedulable/s);
    const state = { outs: failure.init.outs, inputs: news };
    // Not empty: Helm keeps the old values of a release when it is given none.
    const repaired = await checked("bad", inputs("bad", { text: "repaired" }), news);
    const updated = await provider.update(RELEASE, "bad", `${namespace}/bad`, state, repaired);
    assert.equal(at(updated.outs, "status.status"), "deployed");
    open.push(updated);
  });

  it("leaves nothing of a failed atomic install", async () => {
    const stuck = { nodeSelector: { nowhere: "at-all" } };
    const news = await checked("atomic", inputs("atomic", stuck, { timeout: 4, atomic: true }));
    const failure = await failureOf(provider.create(RELEASE, "atomic", news));
    assert.equal(failure.init, undefined);
    assert.match(failure.message, /INSTALLATION FAILED/);
    assert.equal((await provider.read(RELEASE, "atomic", `${namespace}/atomic`)).id, "");
  });

  it("says what helm says of a name in use and of an operation in progress", async () => {
    const state = await install("busy", inputs("busy"));
    const taken = await failureOf(provider.create(RELEASE, "busy", state.inputs));
    assert.match(taken.message, /cannot re-use a name that is still in use/);
    assert.equal(taken.init, undefined);
    const kind = { apiVersion: "v1", kind: "Secret" };
    const path = await sandbox.objects.path(kind, namespace, "sh.helm.release.v1.busy.v1");
    const { gunzipSync, gzipSync } = await import("node:zlib");
    const secret = await sandbox.objects.client.get(path);
    const once = Buffer.from(String(at(secret, "data.release")), "base64").toString();
    const stored = JSON.parse(gunzipSync(Buffer.from(once, "base64")).toString()) as {
      info: { status: string };
    };
    stored.info.status = "pending-upgrade";
    const packed = gzipSync(JSON.stringify(stored)).toString("base64");
    await sandbox.objects.client.request("PATCH", path, {
      body: {
        metadata: { labels: { status: "pending-upgrade" } },
        data: { release: Buffer.from(packed).toString("base64") },
      },
      contentType: "application/merge-patch+json",
    });
    const news = await checked("busy", inputs("busy", { text: "x" }), state.inputs);
    const failure = await failureOf(provider.update(RELEASE, "busy", state.id, state, news));
    assert.match(
      failure.message,
      /another operation \(install\/upgrade\/rollback\) is in progress/,
    );
    assert.equal(failure.init, undefined);
    const refreshed = await provider.read(RELEASE, "busy", state.id, state);
    assert.equal(at(refreshed.outs, "status.status"), "pending-upgrade");
  });

  it("imports, sees values changed by hand, and uninstalls", async () => {
    const state = await install("imp", inputs("imp", { text: "mine" }));
    const imported = await provider.read(RELEASE, "imp", `${namespace}/imp`);
    assert.equal(imported.inputs["chart"], "demo", "the chart folder beside the program");
    assert.deepEqual(imported.inputs["values"], { text: "mine" });
    const theirs = await checked("imp", inputs("imp", { text: "theirs" }), state.inputs);
    const elsewhere = await provider.update(RELEASE, "imp", state.id, state, theirs);
    assert.equal(at(elsewhere.outs, "status.revision"), 2);
    const refreshed = await provider.read(RELEASE, "imp", state.id, state);
    const diff = await provider.diff(RELEASE, "imp", state.id, refreshed, state.inputs);
    assert.deepEqual(diff.paths, ["values.text"]);
    await provider.delete(RELEASE, "imp", state.id, refreshed);
    assert.equal((await provider.read(RELEASE, "imp", state.id, refreshed)).id, "");
    await provider.delete(RELEASE, "imp", state.id, refreshed);
  });

  it("names the chart it cannot find", async () => {
    const news = { ...inputs("none"), chart: "./nowhere" };
    const { failures } = await provider.check(RELEASE, "none", news);
    assert.match(failures[0] ?? "", /path "\.\/nowhere" not found/);
  });

  it("leaves no scratch folder behind", () => {
    const left = readdirSync(tmpdir()).filter((name) => name.startsWith("access-plane-helm-"));
    const mine = left.filter((name) => name.startsWith(`access-plane-helm-${provider.pid}-`));
    assert.deepEqual(mine, []);
  });
});
