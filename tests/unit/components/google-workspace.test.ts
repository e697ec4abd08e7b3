import * as assert from "node:assert/strict";
import { get } from "../../../teleport/values";
import { recordPlane } from "./mocked-plane";

const URI = "file:///etc/teleport-google/google/service-account.json";

const plane = (values: Record<string, unknown> = {}) =>
  recordPlane("prod", (settings) => {
    Object.assign(settings.teleport, { edition: "enterprise", licensePath: "teleport/license" });
    settings.teleport.values = values;
    settings.resources.oidcConnectors = {
      google: {
        spec: { client_id: "id", google_admin_email: "admin@lumie-infra.com" },
        labels: {},
        keep: false,
        ignore: false,
        googleServiceAccount: { path: "teleport/google", key: "key.json" },
      },
    };
  });

describe("a connector for Google Workspace", () => {
  it("reads the service account's key from a file that comes from Vault", async () => {
    const recorded = await plane();
    const connector = recorded.one("kubernetes:resources.teleport.dev/v3:TeleportOIDCConnector");
    assert.equal(get(connector.inputs, "spec", "google_service_account_uri"), URI);
    const synced = recorded.one(
      "kubernetes:secrets.hashicorp.com/v1beta1:VaultStaticSecret",
      "google-workspace-google-secret",
    );
    assert.equal(get(synced.inputs, "spec", "path"), "teleport/google");
    const release = recorded.one("kubernetes:helm.sh/v3:Release", "teleport");
    const auth = get(release.inputs, "values", "auth");
    assert.deepEqual(get(auth, "extraVolumeMounts", 0), {
      name: "google-workspace-0",
      mountPath: "/etc/teleport-google/google",
      readOnly: true,
    });
    assert.equal(get(auth, "extraVolumes", 0, "secret", "secretName"), "google-workspace-google");
    // The proxies, which everybody can reach, do not need it.
    assert.doesNotMatch(JSON.stringify(get(release.inputs, "values", "proxy")), /google/);
    assert.match(recorded.waitsFor(release).join(), /google-workspace-google-secret/);
  });

  it("keeps the database's authority for the auth pods, which the chart then omits at the top level", async () => {
    const release = (await plane()).one("kubernetes:helm.sh/v3:Release", "teleport");
    const volumes = get(release.inputs, "values", "auth", "extraVolumes") as { name: string }[];
    assert.deepEqual(
      volumes.map(({ name }) => name),
      ["google-workspace-0", "database-ca"],
    );
  });
});

describe("volumes in a stack's own values", () => {
  it("do not remove the database's authority from the auth pods", async () => {
    const recorded = await recordPlane("prod", ({ teleport }) => {
      teleport.values = { auth: { extraVolumes: [{ name: "own", emptyDir: {} }] } };
    });
    const release = recorded.one("kubernetes:helm.sh/v3:Release", "teleport");
    const volumes = get(release.inputs, "values", "auth", "extraVolumes") as { name: string }[];
    assert.deepEqual(
      volumes.map(({ name }) => name),
      ["own", "database-ca"],
    );
  });
});
