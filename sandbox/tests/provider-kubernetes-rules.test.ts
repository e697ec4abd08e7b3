import assert from "node:assert/strict";
import { UNKNOWN, type Props } from "../src/providers/framework.ts";
import { parseJsonPath, selectJsonPath } from "../src/providers/kubernetes/await/jsonpath.ts";
import { parseWaitFor } from "../src/providers/kubernetes/await/wait-for.ts";
import { autoname, checkObject } from "../src/providers/kubernetes/check.ts";
import { diffObject } from "../src/providers/kubernetes/diff.ts";
import { isPatchToken, kindOfToken } from "../src/providers/kubernetes/objects.ts";
import { sameQuantity } from "../src/providers/kubernetes/quantity.ts";
import { readSettings } from "../src/providers/kubernetes/settings.ts";

const look = { objects: undefined as never, inputs: {}, signal: AbortSignal.timeout(1000) };
const object = (status: Props, generation = 1): Props => ({
  apiVersion: "x.dev/v1",
  kind: "Thing",
  metadata: { name: "t", generation },
  status,
});

function diff(olds: Props, live: Props, news: Props, token = "kubernetes:core/v1:ConfigMap") {
  const state = { inputs: olds, live, fieldManager: "m", initialApiVersion: "v1" };
  const settings = readSettings({});
  return diffObject(state, news, { token, namespaced: true, ignore: [], settings });
}

describe("kubernetes provider: rules", () => {
  it("reads kinds from tokens", () => {
    assert.deepEqual(kindOfToken("kubernetes:core/v1:Service"), {
      apiVersion: "v1",
      kind: "Service",
    });
    assert.deepEqual(kindOfToken("kubernetes:a.dev/v1:Thing").apiVersion, "a.dev/v1");
    assert.ok(isPatchToken("kubernetes:core/v1:ServicePatch", "Service"));
    assert.ok(!isPatchToken("kubernetes:a.dev/v1:EnvoyPatch", "EnvoyPatch"));
  });

  it("refuses lists of the API server's own kinds, not kinds that are called so", async () => {
    const context = { settings: readSettings({}) } as never;
    const check = (type: string) =>
      checkObject(context, {
        type,
        urn: "",
        name: "x",
        olds: {},
        news: { metadata: { name: "x" } },
        randomSeed: Buffer.alloc(0),
      } as never);
    await assert.rejects(check("kubernetes:apps/v1:DaemonSetList"), /list resources/);
    const { inputs } = await check("kubernetes:resources.teleport.dev/v1:TeleportAccessList");
    assert.equal(inputs["kind"], "TeleportAccessList");
  });

  it("selects by JSONPath as kubectl does", () => {
    const root: Props = {
      a: {
        "b.c": [
          { n: "x", v: 1 },
          { n: "y", v: 2 },
        ],
      },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    };
    const select = (path: string) => selectJsonPath(root, parseJsonPath(path));
    assert.deepEqual(select(`.a['b.c'][1].v`), [2]);
    assert.deepEqual(select(`$.a["b.c"][*].n`), ["x", "y"]);
    assert.deepEqual(select(`.status.conditions[?(@.type=="Ready")].status`), ["True"]);
    assert.deepEqual(select(`.a['b.c'][?(@.v > 1)].n`), ["y"]);
    assert.deepEqual(select(`..n`), ["x", "y"]);
    assert.throws(() => parseJsonPath(".a[b"), /cannot parse/);
  });

  it("waits by condition, by JSONPath and by all of several", async () => {
    const ready = object({ conditions: [{ type: "Ready", status: "True" }], phase: "Up" });
    const verdict = async (annotation: string, live: Props) => parseWaitFor(annotation)(live, look);
    assert.ok((await verdict("condition=Ready", ready)).ready);
    assert.ok((await verdict("condition=ready=true", ready)).ready);
    assert.ok((await verdict("jsonpath={.status.phase}=Up", ready)).ready);
    assert.ok((await verdict("jsonpath={ .status.phase }", ready)).ready);
    const both = JSON.stringify(["condition=Ready", "jsonpath={.status.phase}=Down"]);
    assert.deepEqual(await verdict(both, ready), {
      ready: false,
      reasons: ['waiting for {.status.phase}=Down: found "Up"'],
    });
    const conditions = [{ type: "Ready", status: "True" }];
    const behind = object({ observedGeneration: 1, conditions }, 2);
    assert.match((await verdict("condition=Ready", behind)).reasons[0] ?? "", /generation/);
    const refused = object({
      conditions: [{ type: "Ready", status: "False", reason: "Denied", message: "no such role" }],
    });
    assert.match(
      (await verdict("condition=Ready", refused)).reasons[0] ?? "",
      /Ready=False \(Denied\): no such role/,
    );
  });

  it("refuses waitFor expressions it cannot read", () => {
    assert.throws(() => parseWaitFor("Ready"), /expected a "jsonpath=" or "condition=" prefix/);
    assert.throws(() => parseWaitFor("jsonpath=.a"), /wrapped in brackets/);
    assert.throws(() => parseWaitFor("jsonpath={.a}="), /requires a value/);
    assert.throws(() => parseWaitFor("[]"), /at least one condition/);
  });

  it("knows equal quantities only where quantities live", () => {
    assert.ok(sameQuantity(["spec", "requests", "cpu"], "1000m", "1"));
    assert.ok(sameQuantity(["limits", "memory"], "1Gi", "1024Mi"));
    assert.ok(!sameQuantity(["data", "memory"], "1Gi", "1024Mi"));
  });

  it("names what has no name, within the limit", () => {
    const name = autoname("x".repeat(80), Buffer.from("seed"));
    assert.match(name, /^x{54}-[0-9a-f]{8}$/);
  });

  const meta = { name: "c", namespace: "n" };
  const map = (data: Props, more: Props = {}): Props => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: meta,
    data,
    ...more,
  });

  it("ignores what the server adds and sees what others changed", () => {
    const live = map(
      { a: "1", extra: "x" },
      { metadata: { ...meta, uid: "u", labels: { l: "v" } } },
    );
    assert.equal(diff(map({ a: "1" }), live, map({ a: "1" })).changes, false);
    const drifted = diff(map({ a: "1" }), map({ a: "2" }), map({ a: "1" }));
    assert.deepEqual(
      drifted.detailedDiff?.map((c) => c.path),
      ["data.a"],
    );
  });

  it("replaces a ConfigMap, deleting first because its name is fixed", () => {
    const answer = diff(map({ a: "1" }), map({ a: "1" }), map({ a: "2" }));
    assert.deepEqual([answer.replaces, answer.deleteBeforeReplace], [["data.a"], true]);
    const renamed = map({ a: "1" }, { metadata: { ...meta, name: "d" } });
    const moved = diff(map({ a: "1" }), map({ a: "1" }), renamed);
    assert.deepEqual([moved.replaces, moved.deleteBeforeReplace], [["metadata.name"], false]);
  });

  it("takes stringData for the data it becomes", () => {
    const base = { apiVersion: "v1", kind: "Secret", metadata: meta };
    const inputs = { ...base, stringData: { p: "x" } };
    const live = { ...base, data: { p: "eA==" }, type: "Opaque" };
    const token = "kubernetes:core/v1:Secret";
    assert.equal(diff(inputs, live, inputs, token).changes, false);
    const next = diff(inputs, live, { ...base, stringData: { p: "y" } }, token);
    assert.deepEqual(next.replaces, ["data.p"]);
  });

  it("counts an unknown as a change and an empty map only on custom resources", () => {
    assert.deepEqual(
      diff(map({ a: "1" }), map({ a: "1" }), map({ a: UNKNOWN })).detailedDiff?.map((c) => c.path),
      ["data.a"],
    );
    const annotated = { metadata: { ...meta, annotations: {} } };
    assert.equal(diff(map({}, annotated), map({}), map({}, annotated)).changes, false);
    const thing = (more: Props): Props => ({ ...map({}), apiVersion: "x.dev/v1", ...more });
    assert.equal(diff(thing(annotated), thing({}), thing(annotated)).changes, true);
  });

  it("takes zero values the server dropped for unchanged, and new ones for changes", () => {
    const token = "kubernetes:apps/v1:Deployment";
    const deployment = (spec: Props): Props => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: meta,
      spec,
    });
    const asked = deployment({ paused: false, selector: { matchLabels: {} } });
    const live = deployment({ replicas: 1, selector: {} });
    assert.equal(diff(asked, live, asked, token).changes, false);
    const additions: Props[] = [{ replicas: 0 }, { template: {} }];
    for (const added of additions) {
      assert.equal(
        diff(asked, live, deployment({ ...(asked["spec"] as Props), ...added }), token).changes,
        true,
      );
    }
    const volume = deployment({ volume: { emptyDir: {} } });
    assert.equal(diff(volume, volume, deployment({ volume: {} }), token).changes, true);
  });

  it("updates patches in place where the resource itself would be replaced", () => {
    const answer = diff(
      map({ a: "1" }),
      map({ a: "1" }),
      map({ a: "2" }),
      "kubernetes:core/v1:ConfigMapPatch",
    );
    assert.deepEqual([answer.changes, answer.replaces], [true, []]);
  });
});
