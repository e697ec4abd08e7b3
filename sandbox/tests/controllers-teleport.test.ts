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

  it("does nothing before its Deployment is ready", async () => {
    await make("TeleportRoleV7", "kube-admin", { allow: { kubernetes_labels: { "*": ["*"] } } });
    await operator(0);
    await sleep(500);
    const found = await read("TeleportRoleV7", "kube-admin");
    assert.equal(found?.status, undefined);
    assert.equal(found?.metadata.finalizers, undefined);
  });

  it("adds the finalizer and the three conditions once it runs", async () => {
    await operator(1);
    await settled("TeleportRoleV7", "kube-admin");
    const found = await read("TeleportRoleV7", "kube-admin");
    assert.deepEqual(found?.metadata.finalizers, ["resources.teleport.dev/deletion"]);
    assert.equal(condition(found, "TeleportResourceOwned")?.reason, "NewResource");
  });

  it("accepts one object of every kind of the community edition", async () => {
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

  it("says True before it says False, and lets a user in once the role exists", async () => {
    const seen: string[] = [];
    await make("TeleportUser", "bob", { roles: ["developer"] });
    await eventually("True, then False", async () => {
      const now = condition(await read("TeleportUser", "bob"), "SuccessfullyReconciled")?.status;
      if (now && seen.at(-1) !== now) seen.push(now);
      return seen.includes("False");
    });
    const fault = await refused("TeleportUser", "bob", /./);
    assert.equal(fault.message, "Teleport returned the error: role developer is not found");
    assert.equal(fault.reason, "TeleportError");
    await make("TeleportRoleV7", "developer", {});
    await settled("TeleportUser", "bob");
  });

  it("keeps a role that a user still holds", async () => {
    await remove("TeleportRoleV7", "developer");
    await refused("TeleportRoleV7", "developer", /still in use by user bob/);
    assert.ok(await read("TeleportRoleV7", "developer"));
    await remove("TeleportUser", "bob");
    await gone("TeleportUser", "bob");
    await gone("TeleportRoleV7", "developer");
  });

  it("does not take over a preset", async () => {
    await make("TeleportRoleV7", "access", {});
    const owned = await eventually("not owned", async () => {
      const found = condition(await read("TeleportRoleV7", "access"), "TeleportResourceOwned");
      return found?.status === "False" ? found : undefined;
    });
    assert.equal(owned.reason, "OriginLabelNotMatching");
    await remove("TeleportRoleV7", "access");
    await gone("TeleportRoleV7", "access");
    await make("TeleportUser", "carl", { roles: ["access"] });
    await settled("TeleportUser", "carl");
    await remove("TeleportUser", "carl");
  });

  it("refuses kubernetes_resources of the other role version", async () => {
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

  it("keeps a role in Teleport with `keep`, and adopts it when made again", async () => {
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

  it("leaves an ignored object alone", async () => {
    await make("TeleportRoleV7", "ignored", {}, { annotations: { "teleport.dev/ignore": "true" } });
    await sleep(500);
    assert.equal((await read("TeleportRoleV7", "ignored"))?.status, undefined);
    await remove("TeleportRoleV7", "ignored");
  });

  it("follows a secret:// only where the Secret allows it", async () => {
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
    await refused("TeleportGithubConnector", "sso", /does not allow a lookup/);
    const found = await plane.client.find(SECRETS, ns, "github");
    assert.ok(found);
    const annotations = { "resources.teleport.dev/allow-lookup-from-cr": "sso" };
    await plane.client.patch(SECRETS, found, { metadata: { annotations } });
    await settled("TeleportGithubConnector", "sso");
  });

  it("knows Enterprise kinds only with an Enterprise auth service", async () => {
    await make("TeleportLoginRule", "rule", {});
    await sleep(500);
    assert.equal((await read("TeleportLoginRule", "rule"))?.status, undefined);
    await operator(1, { enterprise: true });
    await settled("TeleportLoginRule", "rule");
    await operator(1);
  });

  it("watches only namespaces with an operator", async () => {
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

  it("remembers Teleport over a restart", async () => {
    await plane.stopControllers();
    assert.ok(existsSync(join(plane.stateDir, "teleport.json")));
    await plane.startControllers();
    await remove("TeleportRoleV8", "moved");
    await refused("TeleportRoleV8", "moved", /still in use by user dora/);
    await remove("TeleportUser", "dora");
    await gone("TeleportRoleV8", "moved");
  });

  it("leaves finalizers hanging without its Deployment, and takes them off when it is back", async () => {
    await plane.client.remove(DEPLOYMENTS, ns, "teleport-operator");
    await sleep(300);
    await remove("TeleportRoleV7", "kube-admin");
    await sleep(700);
    assert.ok((await read("TeleportRoleV7", "kube-admin"))?.metadata.deletionTimestamp);
    await operator(1);
    await gone("TeleportRoleV7", "kube-admin");
  });

  it("lives on when its definitions are deleted and made again", async () => {
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
