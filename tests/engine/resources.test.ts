import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import {
  ALL_KINDS,
  apiVersion,
  kindInfo,
  TELEPORT_GROUP,
  type TeleportKind,
} from "../../teleport/resources/kinds";
import { EXIT } from "../../operations/base/exit-codes";
import { REFUSED, RESOURCES } from "./resources-cases";
import { skipAfterFailure } from "./skip-after-failure";
import { EngineStack } from "./stack";

interface CustomObject {
  metadata: {
    name: string;
    uid: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
  };
  status?: { conditions?: { type: string; status: string }[] };
}

const ROOT = path.resolve(__dirname, "../..");

/** Untyped settings, which tests change. */
// oxlint-disable-next-line typescript/no-explicit-any
type Loose = Record<string, Record<string, any>>;

/** Deploys Teleport resources of all kinds on real CRDs with the engine. */
describe("Teleport resources on the sandbox", function () {
  skipAfterFailure(this);
  let stack: EngineStack;
  let custom: k8s.CustomObjectsApi;

  before(async () => {
    stack = await EngineStack.start(path.join(__dirname, "resources-program"));
    stack.change((config) => {
      Object.assign(config["access-plane:teleport"] as object, {
        edition: "enterprise",
        licensePath: "teleport/license",
      });
      config["access-plane:resources"] = structuredClone(RESOURCES);
    });
    custom = stack.kube(k8s.CustomObjectsApi);
  });
  after(async () => {
    await stack.stop();
  });

  const resources = (edit: (resources: Loose) => void) => {
    stack.change((config) => edit(config["access-plane:resources"] as Loose));
  };
  const place = (kind: TeleportKind) => ({
    group: TELEPORT_GROUP,
    version: kindInfo(kind).version,
    plural: kindInfo(kind).plural,
    namespace: "teleport",
  });
  const objects = async (kind: TeleportKind) => {
    const list = (await custom.listNamespacedCustomObject(place(kind))) as {
      items: CustomObject[];
    };
    return list.items;
  };
  const failedUpdate = async () => {
    const run = await stack.run("up", "--yes", "--skip-preview");
    assert.notEqual(run.code, 0, run.output);
    return run.output;
  };
  /** Runs a function, and asserts that a role is in Teleport all the time. */
  const withRoleKept = async <T>(role: string, run: () => Promise<T>): Promise<T> => {
    const gaps: string[] = [];
    const look = setInterval(() => {
      if (stack.teleport("role")[role] === undefined) gaps.push(new Date().toISOString());
    }, 50);
    try {
      return await run();
    } finally {
      clearInterval(look);
      assert.deepEqual(gaps, [], `role ${role} was not in Teleport`);
    }
  };
  /** Scales the operator, and waits until this many pods are ready. */
  const scaleOperator = async (replicas: number) => {
    const apps = stack.kube(k8s.AppsV1Api);
    const deployment = { name: "teleport-operator", namespace: "teleport" };
    const body = await apps.readNamespacedDeploymentScale(deployment);
    body.spec = { replicas };
    await apps.replaceNamespacedDeploymentScale({ ...deployment, body });
    for (;;) {
      const { status } = await apps.readNamespacedDeployment(deployment);
      if ((status?.readyReplicas ?? 0) === replicas) return;
      await sleep(100);
    }
  };
  const roleObjects = async (role: string) => {
    const kinds = ALL_KINDS.filter((kind) => kindInfo(kind).roleVersion !== undefined);
    const found = await Promise.all(
      kinds.map(async (kind) =>
        (await objects(kind))
          .filter(({ metadata }) => metadata.name === role)
          .map(
            ({ metadata }) => `${kind} keep=${metadata.annotations?.["teleport.dev/keep"] ?? ""}`,
          ),
      ),
    );
    return found.flat();
  };

  it("are created and accepted, one of each kind, roles before their holders", async () => {
    await stack.up();
    for (const kind of ALL_KINDS) {
      const [object, ...more] = await objects(kind);
      assert.equal(more.length, 0, kind);
      const conditions = object?.status?.conditions?.filter(({ status }) => status === "True");
      assert.equal(conditions?.length, 3, kind);
      assert.deepEqual(object?.metadata.finalizers, ["resources.teleport.dev/deletion"], kind);
    }
    assert.equal(stack.managedByOperator().length, ALL_KINDS.length);
  });

  it("stay where they are if the state still has a component around each of them", async () => {
    const FORMER = "access-plane:components:TeleportResource";
    type Entry = { urn: string; type: string; custom: boolean; parent?: string };
    const state = async () =>
      JSON.parse(await stack.expect(0, "stack", "export")) as {
        deployment: { resources: Entry[] };
      };
    const uids = async () =>
      (await Promise.all(ALL_KINDS.map(objects))).flat().map(({ metadata }) => metadata.uid);
    const before = await uids();
    const former = await state();
    const moved = new Map<string, string>();
    former.deployment.resources = former.deployment.resources.flatMap((entry): Entry[] => {
      const { urn, type } = entry;
      if (!type.startsWith(`kubernetes:${TELEPORT_GROUP}/`)) return [entry];
      const component = {
        ...{ urn: urn.replace(`${type}::`, `${FORMER}::`), type: FORMER, custom: false },
        parent: entry.parent,
      };
      moved.set(urn, urn.replace(`${type}::`, `${FORMER}$${type}::`));
      return [component, { ...entry, parent: component.urn }];
    });
    assert.equal(moved.size, ALL_KINDS.length);
    const file = path.join(stack.stateDir, "former.json");
    const text = [...moved].reduce(
      (all, [urn, was]) => all.replaceAll(JSON.stringify(urn), () => JSON.stringify(was)),
      JSON.stringify(former),
    );
    fs.writeFileSync(file, text);
    await stack.expect(0, "stack", "import", "--file", file);
    await stack.up();
    assert.deepEqual(await uids(), before);
    const types = (await state()).deployment.resources.map(({ type }) => type);
    assert.ok(!types.includes(FORMER));
  });

  it("are refused by the CRD of each kind if a field has the wrong type", async () => {
    for (const kind of ALL_KINDS) {
      const body = {
        apiVersion: `${TELEPORT_GROUP}/${kindInfo(kind).version}`,
        kind,
        metadata: { name: "wrong" },
        spec: "text",
      };
      await assert.rejects(
        custom.createNamespacedCustomObject({ ...place(kind), body }),
        (error: Error) => {
          assert.match(error.message, /spec in body must be of type object|spec: Invalid value/);
          return true;
        },
        kind,
      );
    }
  });

  it("fail with Teleport's message and a remedy if Teleport refuses them", async () => {
    const name = (kind: TeleportKind) => `refused-${kind.toLowerCase()}`;
    resources((all) => {
      for (const [kind, collection, entry] of REFUSED) all[collection]![name(kind)] = entry;
    });
    let output = "";
    const saidOf = (kind: TeleportKind) =>
      new RegExp(`${kind} ${name(kind)}: SuccessfullyReconciled is False: (.*)`).exec(output)?.[1];
    // The engine stops waiting after the first refusals; the next update reports the others.
    const isMissing = () => REFUSED.some(([kind]) => saidOf(kind) === undefined);
    for (let run = 0; run < 4 && isMissing(); run++) output += await failedUpdate();
    for (const [kind, , , words] of REFUSED) {
      const said = saidOf(kind) ?? assert.fail(`no message about ${kind}:\n${output}`);
      assert.match(said, words, kind);
    }
    assert.match(output, /declare role nobody under `resources\.roles`/);
    resources((all) => {
      for (const [kind, collection] of REFUSED) {
        Reflect.deleteProperty(all[collection]!, name(kind));
      }
    });
  });

  it("fail with a remedy if no operator processes them", async () => {
    await scaleOperator(0);
    resources(({ apps, loginRules }) => {
      apps!["wiki"] = { spec: { uri: "http://wiki" } };
      loginRules!["unseen"] = structuredClone(RESOURCES.loginRules.rule);
    });
    const output = await failedUpdate();
    assert.match(output, /TeleportAppV3 wiki: the operator has not processed it: check that it/);
    assert.match(
      output,
      /TeleportLoginRule unseen: .*this kind needs the Enterprise edition with its licence/,
    );
    assert.doesNotMatch(output, /timed out/i);
    await scaleOperator(1);
    resources(({ apps, loginRules }) => {
      delete apps!["wiki"];
      delete loginRules!["unseen"];
    });
  });

  it("change in place, one of each kind, and mark a role that changes its version", async () => {
    resources(({ presets: _, ...collections }) => {
      for (const declared of Object.values(collections)) {
        for (const entry of Object.values(declared))
          (entry as Loose)["labels"] = { changed: "yes" };
      }
      collections["apps"]!["grafana"].ignore = true;
      const { dev } = collections["roles"]!;
      dev.version = "v8";
      dev.spec.allow.kubernetes_resources[0].kind = "pods";
    });
    const output = await withRoleKept("dev", () => stack.up());
    assert.match(output, /role dev moves from v7 to v8: .* run two more/);
    assert.deepEqual(await roleObjects("dev"), ["TeleportRoleV7 keep=true"]);
    for (const kind of ALL_KINDS) {
      const [object] = await objects(kind);
      assert.deepEqual(object?.metadata.labels, { changed: "yes" }, kind);
    }
    const { "role-v5": role } = stack.teleport("role");
    assert.deepEqual([role?.version, role?.labels], ["v5", { changed: "yes" }]);
    assert.deepEqual(stack.teleport("login_rule")["rule"]?.labels, { changed: "yes" });
    // `ignore` makes the operator leave the app unchanged.
    assert.deepEqual(stack.teleport("app")["grafana"]?.labels, {});
  });

  it("are protected if the operator ignores them", async () => {
    const { grafana } = RESOURCES.apps;
    resources(({ apps }) => delete apps!["grafana"]);
    const { code, output } = await stack.run("preview");
    resources(({ apps }) => (apps!["grafana"] = structuredClone(grafana)));
    assert.notEqual(code, 0);
    assert.match(output, /app-grafana/);
    assert.match(output, /protect/);
  });

  it("move a role that a user holds to another version without ever deleting the role", async () => {
    const alice = stack.teleport("user")["alice"]?.revision;
    await withRoleKept("dev", async () => {
      assert.match(await stack.up(), /role dev moves from v7 to v8: .* run one more/);
      assert.deepEqual(await roleObjects("dev"), ["TeleportRoleV8 keep=true"]);
      await stack.up();
      assert.deepEqual(await roleObjects("dev"), ["TeleportRoleV8 keep="]);
    });
    assert.equal(stack.teleport("role")["dev"]?.version, "v8");
    assert.equal(stack.teleport("user")["alice"]?.revision, alice);
    assert.equal(stack.teleport("user")["bob"], undefined);
    await stack.expect(0, "preview", "--expect-no-changes");
  });

  it("keep the role if Teleport refuses the new version", async () => {
    await withRoleKept("dev", async () => {
      resources(({ roles }) => (roles!["dev"]!.version = "v7"));
      await stack.up();
      // Version 7 does not know the plural kind "pods".
      assert.match(await failedUpdate(), /TeleportRoleV7 dev: .*is invalid or unsupported/);
      resources(({ roles }) => (roles!["dev"]!.version = "v8"));
      while (/role dev .* run one more/.test(await stack.up()));
      assert.deepEqual(await roleObjects("dev"), ["TeleportRoleV8 keep="]);
    });
    assert.equal(stack.teleport("role")["dev"]?.version, "v8");
  });

  const destroy = async (expected: number) => {
    const settings = path.join(ROOT, "Pulumi.sandbox.yaml");
    const { code, output } = await stack.accessPlane(
      ...["destroy", "--yes", "--allow", "all", "--config-file", settings],
    );
    assert.equal(code, expected, output);
    return output;
  };

  it("keep their operator if other people have created custom resources", async () => {
    const name = "by-hand";
    const body = {
      ...{ apiVersion: apiVersion("TeleportAppV3"), kind: "TeleportAppV3" },
      ...{ metadata: { name }, spec: { uri: "http://wiki" } },
    };
    await custom.createNamespacedCustomObject({ ...place("TeleportAppV3"), body });
    const output = await destroy(EXIT.PROTECTED);
    assert.match(
      output,
      /nothing was touched: this deletes the operator.*\n +TeleportAppV3\/by-hand/s,
    );
    assert.doesNotMatch(output, /TeleportUser\/alice/);
    await custom.deleteNamespacedCustomObject({ ...place("TeleportAppV3"), name });
    while ((await objects("TeleportAppV3")).length > 1) await sleep(100);
  });

  it("report a reason and a remedy if their deletion hangs", async () => {
    await scaleOperator(0);
    const output = await destroy(EXIT.FAILED);
    assert.match(
      output,
      /TeleportProvisionToken ci-token waits for resources\.teleport\.dev\/deletion, which only the operator removes, and the operator does not run: start it again/,
    );
    await scaleOperator(1);
  });

  it("are destroyed completely, roles after their holders", async () => {
    const output = await stack.expect(0, "destroy", "--yes", "--skip-preview");
    const at = (name: string) => output.search(new RegExp(` ${name} deleted`));
    for (const holder of ["user-alice", "bot-ci", "github-connector-github", "access-list-list"]) {
      assert.ok(at(holder) > 0 && at(holder) < at("role-dev"), `${holder} after role-dev`);
    }
    assert.ok(at("provision-token-ci-token") < at("bot-ci"));
    assert.deepEqual(stack.managedByOperator(), []);
  });
});
