import assert from "node:assert/strict";
import { at, Secret, UNKNOWN, unwrap, type Props } from "../src/providers/framework.ts";
import {
  failureOf,
  patchAs,
  ProviderProcess,
  runningSandbox,
  unique,
  type Sandbox,
} from "./provider-kubernetes-support.ts";

const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const NAMESPACE = "kubernetes:core/v1:Namespace";
const SERVICE = "kubernetes:core/v1:Service";

describe("kubernetes provider: objects on a real API server", function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  let provider: ProviderProcess;
  let started = false;
  const namespace = unique("objects");
  const metadata = (name: string, more: Props = {}): Props => ({ namespace, name, ...more });
  const configMap = (name: string, data: Props, more: Props = {}): Props => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: metadata(name, more),
    data,
  });
  const space = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  let spaceState: { id: string; outs: Props; inputs: Props };

  before(async function () {
    const found = await runningSandbox();
    if (!found) return this.skip();
    sandbox = found;
    provider = await ProviderProcess.start("kubernetes", { kubeconfig: sandbox.kubeconfig });
    spaceState = await provider.create(NAMESPACE, "ns", space);
    started = true;
  });
  after(async () => {
    if (!started) return;
    await provider.delete(NAMESPACE, "ns", spaceState.id, spaceState);
    const kind = { apiVersion: "v1", kind: "Namespace" };
    assert.equal(await sandbox.objects.find(kind, "", namespace), undefined, "namespace is gone");
    provider.stop();
  });

  it("names, creates, finds unchanged, and deletes", async () => {
    const { inputs } = await provider.check(CONFIG_MAP, "auto", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace },
      data: { a: "1" },
    });
    assert.match(String(at(inputs, "metadata.name")), /^auto-[0-9a-f]{8}$/);
    const again = await provider.check(
      CONFIG_MAP,
      "auto",
      { ...inputs, metadata: { namespace } },
      inputs,
    );
    assert.equal(at(again.inputs, "metadata.name"), at(inputs, "metadata.name"), "name is kept");
    const state = await provider.create(CONFIG_MAP, "auto", inputs);
    assert.ok(Array.isArray(at(state.outs, "metadata.managedFields")), "the whole live object");
    assert.ok(at(state.outs, "metadata.uid"));
    assert.equal((await provider.diff(CONFIG_MAP, "auto", state.id, state, inputs)).changes, false);
    await provider.delete(CONFIG_MAP, "auto", state.id, state);
    const gone = await provider.read(CONFIG_MAP, "auto", state.id, state);
    assert.equal(gone.id, "");
  });

  it("previews by dry run and leaves nothing behind", async () => {
    const inputs = configMap("dry", { a: "1" });
    const { outs } = await provider.create(CONFIG_MAP, "dry", inputs, {
      preview: true,
      timeout: 0,
    });
    assert.equal(at(outs, "data.a"), "1");
    const refused = configMap("Not_A_Name", {});
    const failure = provider.create(CONFIG_MAP, "dry", refused, { preview: true, timeout: 0 });
    assert.match((await failureOf(failure)).message, /RFC 1123/);
    assert.equal((await provider.read(CONFIG_MAP, "dry", `${namespace}/dry`)).id, "");
  });

  it("says so when the object is already there", async () => {
    const inputs = configMap("twice", { a: "1" });
    await provider.create(CONFIG_MAP, "twice", inputs);
    const failure = await failureOf(provider.create(CONFIG_MAP, "twice", inputs));
    assert.match(failure.message, /already exists/);
    assert.match(failure.message, /pulumi import/);
  });

  it("sees drift on refresh and repairs what kubectl changed", async () => {
    const service = (port: number): Props => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata("drift", { annotations: { "pulumi.com/skipAwait": "true" } }),
      spec: { type: "NodePort", selector: { app: "x" }, ports: [{ port: 80, targetPort: port }] },
    });
    const state = await provider.create(SERVICE, "drift", service(80));
    const place = { apiVersion: "v1", kind: "Service", namespace, name: "drift" };
    await patchAs(sandbox, "kubectl-edit", place, {
      spec: { ports: [{ port: 80, targetPort: 99 }] },
    });
    const refreshed = await provider.read(SERVICE, "drift", state.id, state);
    assert.equal(at(refreshed.inputs, "spec.ports[0].targetPort"), 99);
    const diff = await provider.diff(SERVICE, "drift", state.id, refreshed, service(80));
    assert.deepEqual(diff.paths, ["spec.ports[0].targetPort"]);
    const repaired = await provider.update(SERVICE, "drift", state.id, refreshed, service(80));
    assert.equal(at(repaired.outs, "spec.ports[0].targetPort"), 80);
  });

  it("names the other owner when a field is not its own", async () => {
    const state = await provider.create(CONFIG_MAP, "owned", configMap("owned", { a: "1" }));
    const place = { apiVersion: "v1", kind: "ConfigMap", namespace, name: "owned" };
    await patchAs(sandbox, "some-controller", place, { data: { a: "2" } });
    const news = configMap("owned", { a: "3" });
    const failure = await failureOf(provider.update(CONFIG_MAP, "owned", state.id, state, news));
    assert.match(failure.message, /conflict with "some-controller".*\.data\.a/s);
    assert.match(failure.message, /pulumi\.com\/patchForce/);
    const forced = configMap(
      "owned",
      { a: "3" },
      { annotations: { "pulumi.com/patchForce": "true" } },
    );
    const taken = await provider.update(CONFIG_MAP, "owned", state.id, state, forced);
    assert.equal(at(taken.outs, "data.a"), "3");
  });

  it("removes what the program no longer says and keeps what it ignores", async () => {
    const state = await provider.create(CONFIG_MAP, "less", configMap("less", { a: "1", b: "1" }));
    const less = configMap("less", { a: "2", b: "9" });
    const updated = await provider.update(CONFIG_MAP, "less", state.id, state, less, {
      ignore: ["data.b"],
    });
    assert.deepEqual(at(updated.outs, "data"), { a: "2", b: "1" });
    const only = await provider.update(
      CONFIG_MAP,
      "less",
      state.id,
      updated,
      configMap("less", { a: "2" }),
    );
    assert.deepEqual(at(only.outs, "data"), { a: "2" });
  });

  it("patches fields of somebody else's object and gives them back", async () => {
    const token = "kubernetes:core/v1:ServicePatch";
    const service: Props = {
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata("patched", { annotations: { "pulumi.com/skipAwait": "true" } }),
      spec: { type: "NodePort", selector: { app: "x" }, ports: [{ name: "tls", port: 443 }] },
    };
    await provider.create(SERVICE, "patched", service);
    const wanted = 30000 + Math.floor(Math.random() * 2700);
    const annotations = { "pulumi.com/patchForce": "true", "pulumi.com/skipAwait": "true" };
    const patch: Props = {
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata("patched", { annotations }),
      spec: { ports: [{ port: 443, protocol: "TCP", nodePort: wanted }] },
    };
    const state = await provider.create(token, "patch", patch);
    assert.equal(at(state.outs, "spec.ports[0].nodePort"), wanted);
    assert.equal((await provider.diff(token, "patch", state.id, state, patch)).changes, false);
    await provider.delete(token, "patch", state.id, state);
    const live = await provider.read(SERVICE, "patched", `${namespace}/patched`);
    assert.equal(at(live.outs, "spec.ports[0].port"), 443, "the Service itself stays");
    const managers = await sandbox.objects.get(
      { apiVersion: "v1", kind: "Service" },
      namespace,
      "patched",
    );
    assert.ok(!JSON.stringify(at(managers, "metadata.managedFields")).includes('"Apply"'));
  });

  it("keeps Secret values secret, whatever the inputs say", async () => {
    const token = "kubernetes:core/v1:Secret";
    const inputs = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: metadata("sec"),
      stringData: { p: "x" },
    };
    const state = await provider.create(token, "sec", inputs);
    assert.ok(state.outs["data"] instanceof Secret);
    assert.deepEqual(unwrap(state.outs["data"] ?? null), { p: "eA==" });
    const imported = await provider.read(token, "sec", `${namespace}/sec`);
    assert.ok(imported.outs["data"] instanceof Secret && imported.inputs["data"] instanceof Secret);
  });

  it("imports an object so that its own inputs show no change", async () => {
    await provider.create(CONFIG_MAP, "imp", configMap("imp", { a: "1" }));
    const state = await provider.read(CONFIG_MAP, "imp", `${namespace}/imp`);
    assert.deepEqual(state.inputs, configMap("imp", { a: "1" }));
    const diff = await provider.diff(
      CONFIG_MAP,
      "imp",
      state.id,
      state,
      configMap("imp", { a: "1" }),
    );
    assert.equal(diff.changes, false);
  });

  it("tolerates an unknown kubeconfig in a preview only", async () => {
    const blind = await ProviderProcess.start("kubernetes", { kubeconfig: UNKNOWN });
    try {
      const inputs = configMap("blind", { a: "1" });
      const { outs } = await blind.create(CONFIG_MAP, "blind", inputs, {
        preview: true,
        timeout: 0,
      });
      assert.deepEqual(outs["data"], { a: "1" });
      const failure = await failureOf(blind.create(CONFIG_MAP, "blind", inputs));
      assert.match(failure.message, /cluster is unreachable.*not known yet/);
    } finally {
      blind.stop();
    }
  });
});
