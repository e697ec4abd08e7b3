import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { TlsSecret } from "../src/controllers/certificates/secret.ts";
import type { CustomObject } from "../src/controllers/objects.ts";
import {
  CERTIFICATES,
  ISSUERS,
  SECRETS,
  condition,
  ns,
  useControllers,
} from "./controllers-harness.ts";

describe("certificates on a real API server", function () {
  this.timeout(60_000);
  const plane = useControllers();
  const { eventually } = plane;

  const secret = (name: string) => plane.client.find<TlsSecret>(SECRETS, ns, name);
  const certificate = (name: string) => plane.client.find<CustomObject>(CERTIFICATES, ns, name);
  const spec = {
    secretName: "teleport-tls",
    dnsNames: ["lumie-infra.com", "*.lumie-infra.com"],
    issuerRef: { name: "letsencrypt", kind: "ClusterIssuer" },
    privateKey: { algorithm: "ECDSA", size: 256 },
    duration: "2160h",
    renewBefore: "720h",
  };
  const text = (found: TlsSecret, key: string) =>
    Buffer.from(found.data?.[key] ?? "", "base64").toString();
  const leaf = (found: TlsSecret) => new X509Certificate(text(found, "tls.crt"));
  const state = async (name: string, status: string) => {
    const found = await certificate(name);
    const ready = condition(found, "Ready");
    return ready?.status === status && ready.observedGeneration === found?.metadata.generation
      ? ready
      : undefined;
  };
  const patch = async (name: string, change: object) => {
    const found = await certificate(name);
    assert.ok(found);
    await plane.client.patch(CERTIFICATES, found, { spec: change });
  };

  it("reports a missing issuer, and issues when it exists", async () => {
    await plane.client.create<CustomObject>(CERTIFICATES, {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name: "teleport-tls", namespace: ns },
      spec,
    });
    const ready = await eventually("not ready", () => state("teleport-tls", "False"));
    assert.equal(ready.reason, "IssuerNotFound");
    assert.match(ready.message, /"letsencrypt" not found/);
    assert.equal(await secret("teleport-tls"), undefined);
    await plane.client.create<CustomObject>(ISSUERS, {
      apiVersion: "cert-manager.io/v1",
      kind: "ClusterIssuer",
      metadata: { name: "letsencrypt" },
      spec: { acme: { server: "https://acme.invalid/directory" } },
    });
    await eventually("ready", () => state("teleport-tls", "True"));
    const issuer = await plane.client.find<CustomObject>(ISSUERS, undefined, "letsencrypt");
    assert.equal(condition(issuer, "Ready")?.status, "True");
  });

  it("writes a chain that verifies, its key and the CA to the Secret", async () => {
    const found = await secret("teleport-tls");
    assert.ok(found);
    assert.equal(found.type, "kubernetes.io/tls");
    const annotations = found.metadata.annotations ?? {};
    assert.equal(annotations["cert-manager.io/issuer-name"], "letsencrypt");
    assert.equal(annotations["cert-manager.io/alt-names"], spec.dnsNames.join(","));
    const pems = text(found, "tls.crt").match(/-----BEGIN[^]+?-----END CERTIFICATE-----/g) ?? [];
    assert.equal(pems.length, 2);
    const [first, second] = pems.map((pem) => new X509Certificate(pem));
    const root = new X509Certificate(text(found, "ca.crt"));
    assert.ok(first && second);
    assert.ok(first.verify(second.publicKey) && first.checkIssued(second));
    assert.ok(second.verify(root.publicKey) && root.verify(root.publicKey));
    assert.equal(first.subjectAltName, "DNS:lumie-infra.com, DNS:*.lumie-infra.com");
    assert.match(text(found, "tls.key"), /BEGIN EC PRIVATE KEY/);
    const status = (await certificate("teleport-tls"))?.status;
    assert.equal(Date.parse(String(status?.notAfter)), Date.parse(first.validTo));
    const renewal = Date.parse(String(status?.renewalTime));
    assert.equal(Date.parse(first.validTo) - renewal, 720 * 3_600_000);
    assert.equal(status?.revision, 1);
  });

  it("issues again if the spec changes or the Secret is deleted", async () => {
    const before = await secret("teleport-tls");
    assert.ok(before);
    await patch("teleport-tls", { dnsNames: [...spec.dnsNames, "extra.lumie-infra.com"] });
    const changed = await eventually("reissued", async () => {
      const found = await secret("teleport-tls");
      return found && leaf(found).subjectAltName?.includes("extra") ? found : undefined;
    });
    assert.notEqual(text(changed, "tls.key"), text(before, "tls.key"));
    await eventually("revision 2", async () => {
      return (await certificate("teleport-tls"))?.status?.revision === 2;
    });
    await plane.client.remove(SECRETS, ns, "teleport-tls");
    const again = await eventually("made again", () => secret("teleport-tls"));
    assert.notEqual(leaf(again).serialNumber, leaf(changed).serialNumber);
    await eventually("revision 3", async () => {
      return (await certificate("teleport-tls"))?.status?.revision === 3;
    });
  });

  it("keeps the key with rotationPolicy Never, and applies algorithm and usages", async () => {
    const privateKey = { algorithm: "RSA", size: 2048, rotationPolicy: "Never" };
    await patch("teleport-tls", { privateKey, usages: ["digital signature", "server auth"] });
    const rsa = await eventually("RSA", async () => {
      const found = await secret("teleport-tls");
      return found && text(found, "tls.key").includes("BEGIN RSA PRIVATE KEY") ? found : undefined;
    });
    assert.deepEqual(leaf(rsa).keyUsage, ["1.3.6.1.5.5.7.3.1"]);
    await patch("teleport-tls", { commonName: "lumie-infra.com" });
    const next = await eventually("common name", async () => {
      const found = await secret("teleport-tls");
      return found && /CN=lumie-infra\.com/.test(leaf(found).subject) ? found : undefined;
    });
    assert.equal(text(next, "tls.key"), text(rsa, "tls.key"));
  });

  it("renews at the renewal time", async () => {
    const before = await secret("teleport-tls");
    assert.ok(before);
    // One hour of life, to be renewed a few seconds after the backdated start of a minute.
    await patch("teleport-tls", { duration: "1h", renewBefore: "58m56s" });
    const short = await eventually("short-lived", async () => {
      const found = await secret("teleport-tls");
      return found && leaf(found).serialNumber !== leaf(before).serialNumber ? found : undefined;
    });
    await eventually("renewed", async () => {
      const found = await secret("teleport-tls");
      return found && leaf(found).serialNumber !== leaf(short).serialNumber;
    });
    await patch("teleport-tls", { duration: "2160h", renewBefore: "720h" });
    await eventually("long-lived", async () => {
      const found = await secret("teleport-tls");
      return found && Date.parse(leaf(found).validTo) - Date.now() > 80 * 86_400_000;
    });
  });

  it("refuses an invalid spec with all its faults", async () => {
    await plane.client.create<CustomObject>(CERTIFICATES, {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name: "bad", namespace: ns },
      spec: { ...spec, secretName: "bad", duration: "10m", privateKey: { size: 1 } },
    });
    const ready = await eventually("refused", () => state("bad", "False"));
    assert.match(ready.message, /spec\.duration/);
    assert.match(ready.message, /spec\.privateKey\.size/);
  });

  it("issues nothing again after a restart", async () => {
    const before = await secret("teleport-tls");
    await plane.stopControllers();
    await plane.startControllers();
    await sleep(1000);
    const after = await secret("teleport-tls");
    assert.equal(after?.metadata.resourceVersion, before?.metadata.resourceVersion);
  });
});
