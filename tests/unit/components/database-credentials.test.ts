import * as assert from "node:assert/strict";
import type { CredentialsSource } from "../../../components/database-credentials";
import { newDeliverer } from "../../../components/support/previous-outputs";
import { refuseRotation } from "../../../components/support/password-rotation";
import type { PlaneSettings } from "../../../settings/schema";
import { recordPlane } from "./mocked-plane";
import { SECRET } from "../../../operations/base/redact";

const VSS = "kubernetes:secrets.hashicorp.com/v1beta1:VaultStaticSecret";

/** A nested value of untyped inputs. */
function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], value);
}

describe("a generated password", () => {
  for (const delivery of ["operator", "pulumi"] as const) {
    it(`comes from the explicit provider, with delivery ${delivery}`, async () => {
      const plane = await recordPlane("prod", ({ agents, database, vault }) => {
        vault.delivery = delivery;
        for (const name of Object.keys(agents)) Reflect.deleteProperty(agents, name);
        database.credentials = { source: "generated", path: "infra-db/teleport", rotation: "1" };
      });
      const { provider } = plane.one("random:index/randomPassword:RandomPassword");
      // With `pulumi:disable-default-providers` the engine refuses every other provider.
      assert.match(provider, /pulumi:providers:random::random$/);
    });
  }

  it("is the only source that needs that provider", async () => {
    const plane = await recordPlane("prod");
    assert.deepEqual(plane.all("pulumi:providers:random"), []);
  });
});

describe("a rotation of a generated password", () => {
  const rotated = (change: (settings: PlaneSettings) => void = () => undefined) =>
    recordPlane("prod", (settings) => {
      settings.database.credentials = {
        source: "generated",
        path: "infra-db/teleport",
        rotation: "2",
        bootstrap: { adminSecret: "infra-db-admin", image: "postgres:15-alpine" },
      };
      change(settings);
    });
  const JOB = "kubernetes:batch/v1:Job";

  it("changes PostgreSQL first, then Vault, the Secret and the pods", async () => {
    const plane = await rotated();
    const named = (type: string, name: string) => {
      const { urn } = plane.one(type, name);
      return urn.split("$").pop() ?? "";
    };
    const stored = plane.one("vault:kv/secretV2:SecretV2");
    const synced = plane.one(VSS, "database-credentials");
    const release = plane.one("kubernetes:helm.sh/v3:Release", "teleport");
    assert.ok(plane.waitsFor(stored).includes(named(JOB, "database-credentials")));
    assert.ok(
      plane.waitsFor(synced).includes(named("vault:kv/secretV2:SecretV2", "database-credentials")),
    );
    assert.ok(plane.waitsFor(release).includes(named(VSS, "database-credentials")));
    assert.ok(!plane.waitsFor(plane.one(JOB)).includes(named(VSS, "database-credentials")));
  });

  it("gives the Job the new value in a Secret that only the Job reads", async () => {
    const plane = await rotated();
    const next = plane.one("kubernetes:core/v1:Secret", "database-credentials-bootstrap");
    assert.equal(at(next.inputs, "metadata", "name"), "infra-db-credentials-bootstrap");
    assert.deepEqual(next.secretInputs, ["stringData"]);
    const env = at(plane.one(JOB).inputs, "spec", "template", "spec", "containers", 0, "env");
    const one = (env as { name: string; valueFrom?: object }[]).find(
      ({ name }) => name === "APP_PASSWORD",
    );
    assert.deepEqual(one?.valueFrom, {
      secretKeyRef: { name: "infra-db-credentials-bootstrap", key: "password" },
    });
    assert.doesNotMatch(JSON.stringify(plane.resources), /generated-password/);
  });

  it("makes the operator read again, and waits for the new value", async () => {
    const { inputs } = (await rotated()).one(VSS, "database-credentials");
    const { annotations } = at(inputs, "spec", "destination") as { annotations: unknown };
    assert.deepEqual(annotations, { "access-plane/vault-version": "7" });
    assert.deepEqual(
      JSON.parse(String(at(inputs, "metadata", "annotations", "pulumi.com/waitFor"))),
      [
        "jsonpath={.status.secretMAC}",
        "jsonpath={$[?@.lastGeneration==$.metadata.generation]}",
        "jsonpath={$.metadata.annotations['pulumi.com/timeoutSeconds']}=180",
      ],
    );
  });

  const previous = { source: "generated", rotation: "1" } as const;
  const next = { source: "generated", path: "a", rotation: "2" } as const;
  const bootstrap = { adminSecret: "infra-db-admin", image: "postgres:15-alpine" };

  it("is refused if nothing changes the password in PostgreSQL", () => {
    assert.throws(
      () => refuseRotation(next, previous),
      /rotation is "2" and was "1".*set database\.credentials\.bootstrap/,
    );
    assert.throws(
      () => refuseRotation(next, { source: "static-role" }),
      /source is generated and was static-role/,
    );
  });

  it("is refused at the path of the deleted generated password", () => {
    const kept = { source: "existing", path: "a" } as const;
    assert.throws(
      () => refuseRotation(kept, { ...previous, path: "a" }),
      /path is "a", where the generated password is/,
    );
    refuseRotation(kept, { ...previous, path: "b" });
    refuseRotation(kept, { source: "existing" });
  });

  it("is allowed if a Job changes it, if nothing changes, and on the first deployment", () => {
    refuseRotation({ ...next, bootstrap }, previous);
    refuseRotation({ ...next, rotation: "1" }, previous);
    refuseRotation(next, undefined);
    refuseRotation({ source: "existing", path: "a" }, previous);
  });
});

describe("a change of the password's source", () => {
  const path = "infra-db/teleport";
  const sources: CredentialsSource[] = [
    { source: "existing", path },
    { source: "generated", path, rotation: "1" },
    {
      source: "static-role",
      mount: "database",
      connection: "infra-db",
      role: "teleport",
      rotationPeriodSeconds: 86400,
    },
  ];

  it("keeps the object that owns the Secret", async () => {
    const urns = new Set<string>();
    for (const credentials of sources) {
      const plane = await recordPlane("prod", (settings) => {
        settings.database.credentials = credentials;
      });
      const { urn, inputs } = plane.one(VSS, "database-credentials");
      urns.add(urn);
      assert.equal(at(inputs, "metadata", "name"), "infra-db-credentials");
      assert.equal(at(inputs, "spec", "destination", "name"), "infra-db-credentials");
    }
    assert.equal(urns.size, 1);
  });
});

describe("a Secret that Pulumi delivers", () => {
  const revisions = (plane: Awaited<ReturnType<typeof recordPlane>>) =>
    plane.all("random:index/randomId:RandomId");

  it("gives its pods a revision that does not reveal the value", async () => {
    const plane = await recordPlane("prod", ({ vault, agents }) => {
      vault.delivery = "pulumi";
      for (const agent of Object.values(agents)) {
        agent.credentials = { path: "teleport/agent", keys: ["token"] };
        for (const app of agent.apps) app.rewrite.headers = [];
      }
    });
    const values = (name: string) =>
      plane.one("kubernetes:helm.sh/v3:Release", name).inputs["values"];
    const revision = { "access-plane/secret-revision": "c0ffee" };
    assert.deepEqual(at(values("teleport"), "auth", "annotations", "pod"), revision);
    assert.deepEqual(at(values("teleport-agent"), "annotations", "pod"), revision);
    assert.equal(revisions(plane).length, 2);
    for (const { secretInputs } of revisions(plane)) assert.deepEqual(secretInputs, ["keepers"]);
  });

  it("has the namespace as owner, so that it remains when the operator's object is deleted", async () => {
    const plane = await recordPlane("prod", (settings) => {
      settings.vault.delivery = "pulumi";
      settings.agents = {};
    });
    const { inputs } = plane.one("kubernetes:core/v1:Secret", "database-credentials");
    const owner = { apiVersion: "v1", kind: "Namespace", name: "teleport", uid: "u-1" };
    assert.deepEqual(at(inputs, "metadata", "ownerReferences"), [owner]);
    assert.deepEqual(at(inputs, "metadata", "labels"), {
      "app.kubernetes.io/managed-by": "pulumi",
    });
  });

  it("is taken over by the operator in the next update only", async () => {
    const overwrite = async (delivery?: "operator" | "pulumi") => {
      const takesOver = newDeliverer({ delivery }, { delivery: "operator" });
      const change = (settings: object) => void Object.assign(settings, { takesOver });
      const { inputs } = (await recordPlane("prod", change)).one(VSS, "database-credentials");
      return at(inputs, "spec", "destination", "overwrite");
    };
    assert.equal(await overwrite(), undefined);
    assert.equal(await overwrite("operator"), undefined);
    assert.equal(await overwrite("pulumi"), true);
  });

  it("needs no revision if the operator restarts the pods", async () => {
    const plane = await recordPlane("prod");
    assert.deepEqual(revisions(plane), []);
    const { inputs } = plane.one("kubernetes:helm.sh/v3:Release", "teleport");
    assert.equal(at(inputs, "values", "auth", "annotations", "pod"), undefined);
  });
});

describe("a database with its own certificate authority", () => {
  const volume = {
    name: "database-ca",
    secret: { secretName: "infra-db-ca", items: [{ key: "ca.pem", path: "ca.crt" }] },
  };
  const mount = { name: "database-ca", mountPath: "/etc/teleport-database-ca", readOnly: true };

  it("is verified by Teleport, and by the chart's check before the installation", async () => {
    const plane = await recordPlane("prod", ({ database }) => {
      database.caSecret = { name: "infra-db-ca", key: "ca.pem" };
    });
    const values = plane.one("kubernetes:helm.sh/v3:Release", "teleport").inputs["values"];
    assert.deepEqual(at(values, "extraVolumes"), [volume]);
    assert.deepEqual(at(values, "extraVolumeMounts"), [mount]);
    const storage = at(values, "auth", "teleportConfig", "teleport", "storage");
    const addresses = [at(storage, "conn_string"), at(storage, "audit_events_uri", 0)];
    for (const address of addresses) {
      const { searchParams } = new URL(String(address));
      assert.equal(searchParams.get("sslmode"), "verify-full");
      assert.equal(searchParams.get("pool_max_conns"), "20");
      assert.equal(searchParams.get("sslrootcert"), "/etc/teleport-database-ca/ca.crt");
    }
  });

  it("is verified by the Job that creates role and databases", async () => {
    const plane = await recordPlane("prod", ({ database }) => {
      database.caSecret = { name: "infra-db-ca", key: "ca.pem" };
      database.credentials = {
        source: "generated",
        path: "infra-db/teleport",
        rotation: "1",
        bootstrap: { adminSecret: "infra-db-admin", image: "postgres:15-alpine" },
      };
    });
    const job = plane.one("kubernetes:batch/v1:Job");
    const pod = at(job.inputs, "spec", "template", "spec");
    assert.deepEqual(at(pod, "volumes"), [volume]);
    const container = at(pod, "containers", 0);
    assert.deepEqual(at(container, "volumeMounts"), [mount]);
    const env = at(container, "env") as { name: string; value?: string }[];
    const variable = (name: string) => env.find((entry) => entry.name === name)?.value;
    assert.equal(variable("PGSSLROOTCERT"), "/etc/teleport-database-ca/ca.crt");
    assert.equal(variable("PGPASSWORD"), undefined);
    const stored = plane.one("vault:kv/secretV2:SecretV2");
    assert.equal(stored.inputs["dataJson"], SECRET);
  });
});
