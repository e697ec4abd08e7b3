import * as assert from "node:assert/strict";
import { recordPlane } from "./mocked-plane";
import { SECRET } from "../../../operations/base/redact";

/** A value deep in untyped inputs. */
function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], value);
}

describe("a generated password", () => {
  for (const delivery of ["operator", "pulumi"] as const) {
    it(`comes from the explicit provider, delivered by ${delivery}`, async () => {
      const plane = await recordPlane("prod", ({ agents, database, vault }) => {
        vault.delivery = delivery;
        for (const name of Object.keys(agents)) Reflect.deleteProperty(agents, name);
        database.credentials = { source: "generated", path: "infra-db/teleport", rotation: "1" };
      });
      const { provider } = plane.one("random:index/randomPassword:RandomPassword");
      // With `pulumi:disable-default-providers` the engine refuses every other one.
      assert.match(provider, /pulumi:providers:random::random$/);
    });
  }

  it("is the only one that needs that provider", async () => {
    const plane = await recordPlane("prod");
    assert.deepEqual(plane.all("pulumi:providers:random"), []);
  });
});

describe("a database with a certificate authority of its own", () => {
  const volume = {
    name: "database-ca",
    secret: { secretName: "infra-db-ca", items: [{ key: "ca.pem", path: "ca.crt" }] },
  };
  const mount = { name: "database-ca", mountPath: "/etc/teleport-database-ca", readOnly: true };

  it("is verified by Teleport, and by the chart's check before it installs", async () => {
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
      assert.equal(searchParams.get("sslrootcert"), "/etc/teleport-database-ca/ca.crt");
    }
  });

  it("is verified by the Job that makes role and databases", async () => {
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
