import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { at, type Props } from "../src/providers/framework.ts";
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

describe("kubernetes provider: waiting on a real API server", function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  let provider: ProviderProcess;
  let started = false;
  const namespace = unique("waiting");
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

  it("waits for a Deployment, and says why one does not come up", async () => {
    const token = "kubernetes:apps/v1:Deployment";
    const deployment = (name: string, spec: Props): Props => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: metadata(name),
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            containers: [{ name: "c", image: "i", resources: { requests: { cpu: "1000m" } } }],
            ...spec,
          },
        },
      },
    });
    const good = deployment("good", {});
    const state = await provider.create(token, "good", good);
    assert.equal(at(state.outs, "status.availableReplicas"), 2);
    const refreshed = await provider.read(token, "good", state.id, state);
    assert.equal((await provider.diff(token, "good", state.id, refreshed, good)).changes, false);
    const bad = deployment("bad", { nodeSelector: { nowhere: "at-all" } });
    const failure = await failureOf(
      provider.create(token, "bad", bad, { preview: false, timeout: 3 }),
    );
    assert.equal(failure.init?.id, `${namespace}/bad`);
    assert.match(failure.message, /timed out after 3 s/);
    assert.match(failure.message, /0 of 2 replicas available/);
    assert.match(failure.message, /Unschedulable: .*didn't match Pod's node affinity/);
  });

  it("previews a kind that does not exist yet, and creates it once its definition is there", async () => {
    const group = `${unique("g")}.dev`;
    const token = `kubernetes:${group}/v1:Gadget`;
    const gadget = (waitFor: string): Props => ({
      apiVersion: `${group}/v1`,
      kind: "Gadget",
      metadata: metadata("g", { annotations: { "pulumi.com/waitFor": waitFor } }),
      spec: { size: 1 },
    });
    const ready = gadget("condition=Ready");
    const preview = await provider.create(token, "g", ready, { preview: true, timeout: 0 });
    assert.deepEqual(preview.outs["spec"], { size: 1 });
    const definitionToken = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
    const definition: Props = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `gadgets.${group}` },
      spec: {
        group,
        scope: "Namespaced",
        names: { kind: "Gadget", plural: "gadgets" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: {
              openAPIV3Schema: { type: "object", x_kubernetes_preserve_unknown_fields: true },
            },
          },
        ],
      },
    };
    const creation = provider.create(token, "g", ready, { preview: false, timeout: 20 });
    await sleep(500);
    const state = await provider.create(definitionToken, "crd", definition);
    const again = await provider.diff(definitionToken, "crd", state.id, state, definition);
    assert.equal(again.changes, false);
    const place = { apiVersion: `${group}/v1`, kind: "Gadget", namespace, name: "g" };
    const report = (status: string, message: string) =>
      patchAs(
        sandbox,
        "operator",
        place,
        { status: { conditions: [{ type: "Ready", status, reason: "Told", message }] } },
        "/status",
      );
    for (let i = 0; i < 50 && !(await sandbox.objects.find(place, namespace, "g")); i++)
      await sleep(100);
    await report("True", "fine");
    const made = await creation;
    assert.equal(at(made.outs, "status.conditions[0].message"), "fine");
    await report("False", "the role does not exist");
    const failure = await failureOf(
      provider.update(token, "g", made.id, made, { ...ready, spec: { size: 2 } }, { timeout: 2 }),
    );
    assert.match(failure.message, /Ready=False \(Told\): the role does not exist/);
    assert.equal(at(failure.init?.outs ?? {}, "spec.size"), 2, "what was written is in the state");
    await provider.delete(definitionToken, "crd", state.id, state);
  });

  it("names the finalizers of an object that will not go", async () => {
    const inputs = configMap("stuck", {}, { finalizers: ["example.dev/never"] });
    const state = await provider.create(CONFIG_MAP, "stuck", inputs);
    const failure = await failureOf(provider.delete(CONFIG_MAP, "stuck", state.id, state, 1));
    assert.match(
      failure.message,
      /finalizers might be preventing deletion \(.*example\.dev\/never/,
    );
    const place = { apiVersion: "v1", kind: "ConfigMap", namespace, name: "stuck" };
    await patchAs(sandbox, "kubectl", place, { metadata: { finalizers: null } });
  });
});
