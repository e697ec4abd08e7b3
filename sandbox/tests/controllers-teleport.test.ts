import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { isNotFound } from "../src/controllers/kube-client.ts";
import type { CustomObject, KubeObject } from "../src/controllers/objects.ts";
import { KINDS } from "../src/controllers/teleport/kinds.ts";
import {
  CRDS,
  DEPLOYMENTS,
  SECRETS,
  condition,
  crds,
  ns,
  of,
  useControllers,
} from "./controllers-harness.ts";

describe("Teleport resources on a real API server", function () {
  this.timeout(60_000);
  const plane = useControllers();
  const { eventually, read, make, remove, gone, settled, refused, operator } = plane;

  /** What Teleport holds, as the controllers keep it. */
  const held = (collection: string, name: string) => {
    const { clusters } = JSON.parse(
      readFileSync(join(plane.stateDir, "teleport.json"), "utf8"),
    ) as {
      clusters: Record<string, Record<string, Record<string, { spec: Record<string, unknown> }>>>;
    };
    return clusters[ns]?.[collection]?.[name];
  };
  /** Has the operator look at once. */
  const wake = async (kind: string, name: string) => {
    const object = await read(kind, name);
    assert.ok(object);
    const annotations = { "access-plane/wake": String(Date.now()) };
    await plane.client.patch(of(kind), object, { metadata: { annotations } });
  };

  it("do nothing before the operator's Deployment is ready", async () => {
    await make("TeleportRoleV7", "kube-admin", { allow: { kubernetes_labels: { "*": ["*"] } } });
    await operator(0);
    await sleep(500);
    const found = await read("TeleportRoleV7", "kube-admin");
    assert.equal(found?.status, undefined);
    assert.equal(found?.metadata.finalizers, undefined);
  });

  it("get the finalizer and the three conditions when it runs", async () => {
    await operator(1);
    await settled("TeleportRoleV7", "kube-admin");
    const found = await read("TeleportRoleV7", "kube-admin");
    assert.deepEqual(found?.metadata.finalizers, ["resources.teleport.dev/deletion"]);
    assert.equal(condition(found, "TeleportResourceOwned")?.reason, "NewResource");
  });

  it("are accepted, one object of every kind of the community edition", async () => {
    const specs: Record<string, [string, object]> = {
      TeleportAppV3: ["grafana", { uri: "http://grafana.monitoring" }],
      TeleportAutoupdateConfigV1: ["autoupdate-config", {}],
      TeleportAutoupdateVersionV1: ["autoupdate-version", {}],
      TeleportBotV1: ["robot", { roles: ["access"] }],
      TeleportDatabaseV3: ["db", { protocol: "postgres", uri: "db:5432" }],
      TeleportGithubConnector: [
        "github",
        {
          client_id: "id",
          teams_to_roles: [{ organization: "o", team: "t", roles: ["access"] }],
        },
      ],
      TeleportOpenSSHEICEServerV2: ["eice", { addr: "h:22", hostname: "h" }],
      TeleportOpenSSHServerV2: ["ssh", { addr: "h:22", hostname: "h" }],
      TeleportProvisionToken: [
        "teleport-agent",
        {
          roles: ["App", "Kube"],
          join_method: "kubernetes",
          kubernetes: {
            type: "in_cluster",
            allow: [{ service_account: "teleport:teleport-agent" }],
          },
        },
      ],
      TeleportRole: ["five", {}],
      TeleportRoleV6: ["six", {}],
      TeleportRoleV7: ["seven", {}],
      TeleportRoleV8: ["eight", {}],
      TeleportTrustedClusterV2: ["leaf", { enabled: false }],
      TeleportUser: ["anna", { roles: ["access"] }],
      TeleportWorkloadIdentityV1: ["identity", { spiffe: { id: "/a" } }],
    };
    assert.equal(Object.keys(specs).length + 5, KINDS.length);
    for (const [kind, [name, spec]] of Object.entries(specs)) await make(kind, name, spec);
    for (const [kind, [name]] of Object.entries(specs)) await settled(kind, name);
    for (const [kind, [name]] of Object.entries(specs)) {
      await remove(kind, name);
      await gone(kind, name);
    }
  });

  /** Conditions after each write of an object's status, `type=status`, while `work` is done. */
  async function statusWrites(kind: string, name: string, work: () => Promise<unknown>) {
    const stop = new AbortController();
    const { metadata } = await plane.client.list<CustomObject>(of(kind));
    const seen: string[] = [];
    const watching = (async () => {
      const from = `resourceVersion=${metadata.resourceVersion ?? ""}`;
      for await (const { object } of plane.client.watch(of(kind), from, stop.signal)) {
        if (object.metadata.name !== name) continue;
        const { conditions = [] } = (object as CustomObject).status ?? {};
        const text = conditions.map(({ type, status }) => `${type}=${status}`).join(" ");
        if (text !== seen.at(-1)) seen.push(text);
      }
    })();
    try {
      await work();
    } finally {
      stop.abort();
      await watching.catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
    }
    return seen;
  }

  it("get one condition at a time, in the operator's order", async () => {
    const writes = await statusWrites("TeleportRoleV7", "stepwise", async () => {
      await make("TeleportRoleV7", "stepwise", {});
      await settled("TeleportRoleV7", "stepwise");
    });
    assert.deepEqual(writes, [
      "",
      "ValidStructure=True",
      "ValidStructure=True SuccessfullyReconciled=True",
      "ValidStructure=True SuccessfullyReconciled=True TeleportResourceOwned=True",
    ]);
    const found = await read("TeleportRoleV7", "stepwise");
    assert.equal(
      condition(found, "SuccessfullyReconciled")?.message,
      "Teleport Resource was successfully reconciled, no error was returned by Teleport.",
    );
    assert.match(
      condition(found, "TeleportResourceOwned")?.message ?? "",
      /\. The created Resource is owned by the operator\.$/,
    );
  });

  it("keep the same conditions after an accepted change", async () => {
    const before = await read("TeleportRoleV7", "stepwise");
    assert.ok(before);
    await sleep(1100); // times have no parts of a second
    const spec = { allow: { logins: ["root"] } };
    await plane.client.patch(of("TeleportRoleV7"), before, { spec });
    await eventually("in Teleport", () => Promise.resolve(held("role", "stepwise")?.spec.allow));
    const after = await read("TeleportRoleV7", "stepwise");
    const bare = (object: CustomObject | undefined) =>
      object?.status?.conditions?.map(({ type, status, lastTransitionTime }) => [
        type,
        status,
        lastTransitionTime,
      ]);
    assert.deepEqual(bare(after), bare(before));
    for (const one of after?.status?.conditions ?? []) assert.ok(!("observedGeneration" in one));
  });

  /** Milliseconds after which the operator tried again to make the user. */
  const pauses = () =>
    [...plane.log.matchAll(/teleportusers teleport\/bob: .* again in (\d+) ms/g)].map(([, ms]) =>
      Number(ms),
    );

  it("get True before False at each attempt; a user is accepted once the role exists", async () => {
    const writes = await statusWrites("TeleportUser", "bob", async () => {
      await make("TeleportUser", "bob", { roles: ["developer"] });
      await eventually("six attempts", () => Promise.resolve(pauses().length >= 6));
    });
    const verdicts = writes
      .slice(3)
      .map((write) => /SuccessfullyReconciled=(\w+)/.exec(write)?.[1]);
    assert.deepEqual(verdicts.slice(0, 6), ["True", "False", "True", "False", "True", "False"]);
    const fault = await refused("TeleportUser", "bob", /./);
    assert.equal(fault.message, "Teleport returned the error: role developer is not found");
    assert.equal(fault.reason, "TeleportError");
    await make("TeleportRoleV7", "developer", {});
    await settled("TeleportUser", "bob");
  });

  it("are tried again after pauses that double", () => {
    assert.deepEqual(
      pauses(),
      pauses().map((_, at) => 5 * 2 ** at),
    );
  });

  it("stay while a user holds the role, which only the log reports", async () => {
    const before = await read("TeleportRoleV7", "developer");
    await remove("TeleportRoleV7", "developer");
    const said =
      "teleportrolesv7 teleport/developer: failed to delete a role that is still in use by a user, " +
      "check the system server logs for more details; again in 2560 ms";
    await eventually("refused ten times", () => Promise.resolve(plane.log.includes(said)));
    const hanging = await read("TeleportRoleV7", "developer");
    assert.ok(hanging?.metadata.deletionTimestamp);
    assert.deepEqual(hanging.status, before?.status);
  });

  it("are deleted at the next attempt without a holder, or when the object is touched", async () => {
    await remove("TeleportUser", "bob");
    await gone("TeleportUser", "bob");
    await sleep(300);
    assert.ok(await read("TeleportRoleV7", "developer"), "let go without a reason to look");
    await wake("TeleportRoleV7", "developer");
    await eventually("developer gone", async () => !(await read("TeleportRoleV7", "developer")), 1);
  });

  it("are refused if a token has an unknown role", async () => {
    await make("TeleportProvisionToken", "odd", { roles: ["Toaster"], join_method: "token" });
    const fault = await refused("TeleportProvisionToken", "odd", /./);
    assert.equal(fault.message, "Teleport returned the error: role Toaster is not registered");
  });

  it("do not take over a preset", async () => {
    await make("TeleportRoleV7", "access", {});
    const owned = await eventually("not owned", async () => {
      const found = condition(await read("TeleportRoleV7", "access"), "TeleportResourceOwned");
      return found?.status === "False" ? found : undefined;
    });
    assert.equal(owned.reason, "OriginLabelNotMatching");
    assert.match(owned.message, /origin label\. Refusing to reconcile\.$/);
    await remove("TeleportRoleV7", "access");
    await gone("TeleportRoleV7", "access");
    await make("TeleportUser", "carl", { roles: ["access"] });
    await settled("TeleportUser", "carl");
    await remove("TeleportUser", "carl");
  });

  it("are refused with kubernetes_resources of the other role version", async () => {
    const rule = (extra: object) => ({
      allow: { kubernetes_resources: [{ name: "*", namespace: "*", verbs: ["*"], ...extra }] },
    });
    await make("TeleportRoleV7", "v7-plural", rule({ kind: "pods" }));
    await make("TeleportRoleV7", "v7-group", rule({ kind: "deployment", api_group: "apps" }));
    await make("TeleportRoleV8", "v8-singular", rule({ kind: "deployment", api_group: "apps" }));
    await make("TeleportRoleV8", "v8-no-group", rule({ kind: "deployments" }));
    await refused("TeleportRoleV7", "v7-plural", /"pods" is invalid or unsupported/);
    await refused("TeleportRoleV7", "v7-group", /not supported in role version "v7"/);
    await refused("TeleportRoleV8", "v8-singular", /use plural name/);
    await refused("TeleportRoleV8", "v8-no-group", /api_group is required/);
    await make("TeleportRoleV7", "v7-good", rule({ kind: "pod" }));
    await make("TeleportRoleV8", "v8-good", rule({ kind: "deployments", api_group: "apps" }));
    await make("TeleportRoleV8", "v8-core", rule({ kind: "pods" }));
    await settled("TeleportRoleV7", "v7-good");
    await settled("TeleportRoleV8", "v8-good");
    await settled("TeleportRoleV8", "v8-core");
  });

  it("stay in Teleport with `keep`, and are adopted when created again", async () => {
    await make("TeleportRoleV7", "moved", {}, { annotations: { "teleport.dev/keep": "true" } });
    await settled("TeleportRoleV7", "moved");
    await make("TeleportUser", "dora", { roles: ["moved"] });
    await settled("TeleportUser", "dora");
    await remove("TeleportRoleV7", "moved");
    await gone("TeleportRoleV7", "moved");
    await make("TeleportRoleV8", "moved", {});
    await settled("TeleportRoleV8", "moved");
    const found = await read("TeleportRoleV8", "moved");
    assert.equal(condition(found, "TeleportResourceOwned")?.reason, "OriginLabelMatching");
  });

  it("are not processed if ignored", async () => {
    await make("TeleportRoleV7", "ignored", {}, { annotations: { "teleport.dev/ignore": "true" } });
    await sleep(500);
    assert.equal((await read("TeleportRoleV7", "ignored"))?.status, undefined);
    await remove("TeleportRoleV7", "ignored");
  });

  it("may use secret:// only if the Secret allows it", async () => {
    await plane.client.create(SECRETS, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "github", namespace: ns },
      stringData: { secret: "value" },
    });
    const teams = [{ organization: "o", team: "t", roles: ["access"] }];
    const spec = {
      client_id: "id",
      client_secret: "secret://github/secret",
      teams_to_roles: teams,
    };
    await make("TeleportGithubConnector", "sso", spec);
    const fault = await refused(
      "TeleportGithubConnector",
      "sso",
      /doesn't have the ".*" annotation/,
    );
    assert.equal(fault.reason, "MutationError");
    assert.match(fault.message, /^The reconciliation failed, .*Mutation failed with error: secret/);
    const found = await plane.client.find(SECRETS, ns, "github");
    assert.ok(found);
    const annotations = { "resources.teleport.dev/allow-lookup-from-cr": "sso" };
    await plane.client.patch(SECRETS, found, { metadata: { annotations } });
    await wake("TeleportGithubConnector", "sso"); // it does not watch Secrets
    await settled("TeleportGithubConnector", "sso");
  });

  it("of Enterprise kinds need an Enterprise auth service", async () => {
    await make("TeleportLoginRule", "rule", {});
    await sleep(500);
    assert.equal((await read("TeleportLoginRule", "rule"))?.status, undefined);
    await operator(1, { enterprise: true });
    await settled("TeleportLoginRule", "rule");
    await operator(1);
  });

  it("are processed only in namespaces with an operator", async () => {
    const object = await plane.client.create<CustomObject>(of("TeleportRoleV7"), {
      apiVersion: "resources.teleport.dev/v1",
      kind: "TeleportRoleV7",
      metadata: { name: "elsewhere", namespace: "default" },
      spec: {},
    });
    await sleep(500);
    const found = await plane.client.find<CustomObject>(
      of("TeleportRoleV7"),
      "default",
      "elsewhere",
    );
    assert.equal(found?.status, undefined);
    await plane.client.remove(of("TeleportRoleV7"), "default", object.metadata.name);
  });

  it("are remembered over a restart", async () => {
    await plane.stopControllers();
    assert.ok(existsSync(join(plane.stateDir, "teleport.json")));
    await plane.startControllers();
    await remove("TeleportRoleV8", "moved");
    await eventually("refused", () =>
      Promise.resolve(/teleport\/moved: failed to delete .* in use by a user/.test(plane.log)),
    );
    await remove("TeleportUser", "dora");
    await gone("TeleportUser", "dora");
    await gone("TeleportRoleV8", "moved");
  });

  it("keep their finalizers without the Deployment, and lose them when it is back", async () => {
    await plane.client.remove(DEPLOYMENTS, ns, "teleport-operator");
    await sleep(300);
    await remove("TeleportRoleV7", "kube-admin");
    await sleep(700);
    assert.ok((await read("TeleportRoleV7", "kube-admin"))?.metadata.deletionTimestamp);
    await operator(1);
    await gone("TeleportRoleV7", "kube-admin");
  });

  it("are processed after their definitions are deleted and created again", async () => {
    await plane.client.remove(CRDS, undefined, "teleportusers.resources.teleport.dev");
    await eventually("definition gone", async () => {
      return !(await plane.client.find(CRDS, undefined, "teleportusers.resources.teleport.dev"));
    });
    const file = join(crds, "teleportusers.yaml");
    await plane.client.create(CRDS, parse(readFileSync(file, "utf8")) as KubeObject);
    await eventually("user made", async () => {
      try {
        return await make("TeleportUser", "eva", { roles: ["access"] });
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    });
    await settled("TeleportUser", "eva");
  });
});
