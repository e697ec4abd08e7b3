import * as assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import { EXIT } from "../../operations/base/exit-codes";
import { WAKE } from "../../teleport/deletion";
import { kindInfo, TELEPORT_GROUP, type TeleportKind } from "../../teleport/resources/kinds";
import { wakeOperator } from "../../teleport/wake-operator";
import { ended } from "./ended";
import { eventually } from "./eventually";
import { skipAfterFailure } from "./skip-after-failure";
import { EngineStack, type Config } from "./stack";

const NAMESPACE = "teleport";

interface Observed extends k8s.KubernetesObject {
  metadata: k8s.V1ObjectMeta;
}

/** Tests updates that wait for controllers which refuse an object, or pause between two retries. */
describe("an update that waits for controllers on the sandbox", function () {
  skipAfterFailure(this);
  let stack: EngineStack;
  let custom: k8s.CustomObjectsApi;

  before(async () => {
    stack = await EngineStack.start();
    custom = stack.kube(k8s.CustomObjectsApi);
    stack.change((config) => {
      config["access-plane:agents"] = {};
      config["access-plane:resources"] = {
        roles: { held: { version: "v7", spec: { allow: { logins: ["a"] } } } },
      };
      delete config["access-plane:loadBalancer"];
      delete config["access-plane:aws"];
    });
  });
  after(async () => {
    await (stack as EngineStack | undefined)?.stop();
  });

  const section = (config: Config, name: string) => config[`access-plane:${name}`] as Config;
  const place = (group: string, version: string, plural: string) => ({
    ...{ group, version, plural },
    namespace: NAMESPACE,
  });
  const teleport = (kind: TeleportKind) => {
    const { version, plural } = kindInfo(kind);
    return place(TELEPORT_GROUP, version, plural);
  };
  const find = async (where: ReturnType<typeof place>, name: string) => {
    try {
      return (await custom.getNamespacedCustomObject({ ...where, name })) as Observed;
    } catch (error) {
      if (error instanceof k8s.ApiException && error.code === 404) return undefined;
      throw error;
    }
  };
  /** Creates an object with a status, as its controller would. */
  const make = async (
    where: ReturnType<typeof place>,
    kind: string,
    name: string,
    owner: { kind: string; apiVersion: string; name: string; uid: string },
    content: { spec: object; status: object },
  ) => {
    const object = {
      apiVersion: `${where.group}/${where.version}`,
      kind,
      metadata: { name, ownerReferences: [{ ...owner, controller: true }] },
    };
    const made = (await custom.createNamespacedCustomObject({
      ...where,
      body: { ...object, spec: content.spec },
    })) as Observed;
    await custom.replaceNamespacedCustomObjectStatus({
      ...{ ...where, name },
      body: { ...made, status: content.status },
    });
    return { kind, apiVersion: object.apiVersion, name, uid: made.metadata.uid ?? "" };
  };

  it("quotes cert-manager, the order and its challenge if a certificate is not issued", async () => {
    stack.change((config) => {
      Object.assign(section(config, "certificate"), {
        // The sandbox does not play this issuer, so that the test can.
        issuer: { name: "outside", kind: "ClusterIssuer", group: "issuers.example.com" },
        readyTimeoutSeconds: 45,
      });
    });
    const update = ended(stack.spawnAccessPlane("up", "--yes"));
    const certificates = place("cert-manager.io", "v1", "certificates");
    const wait = async () => {
      for (;;) {
        const found = await find(certificates, "teleport-tls").catch(() => undefined);
        if (found !== undefined) return found;
        const early = await Promise.race([update, sleep(200)]);
        if (early !== undefined) throw new Error(`the update ended:\n${early.output}`);
      }
    };
    const certificate = await wait();
    const request = await make(
      place("cert-manager.io", "v1", "certificaterequests"),
      ...(["CertificateRequest", "teleport-tls-1"] as const),
      {
        ...{ kind: "Certificate", apiVersion: "cert-manager.io/v1" },
        ...{ name: "teleport-tls", uid: certificate.metadata.uid ?? "" },
      },
      {
        spec: {
          issuerRef: { name: "outside" },
          request: Buffer.from("request").toString("base64"),
        },
        status: {
          conditions: [
            {
              ...{ type: "Ready", status: "False", reason: "Pending" },
              message: "Waiting on certificate issuance from order",
            },
          ],
        },
      },
    );
    const order = await make(
      place("acme.cert-manager.io", "v1", "orders"),
      ...(["Order", "teleport-tls-1-1"] as const),
      request,
      {
        spec: {
          issuerRef: { name: "outside" },
          request: Buffer.from("request").toString("base64"),
        },
        status: { state: "pending" },
      },
    );
    await make(
      place("acme.cert-manager.io", "v1", "challenges"),
      ...(["Challenge", "teleport-tls-1-1-1"] as const),
      order,
      {
        spec: {
          ...{ type: "DNS-01", dnsName: "lumie-infra.com", wildcard: true, token: "t", key: "k" },
          ...{ url: "https://acme.example.com/1", authorizationURL: "https://acme.example.com/2" },
          ...{ issuerRef: { name: "outside" }, solver: { dns01: { route53: {} } } },
        },
        status: { state: "pending", reason: "AccessDenied: may not change the zone" },
      },
    );
    const { code, output } = await update;
    assert.equal(code, EXIT.FAILED, output);
    assert.match(output, /Certificate teleport-tls is not Ready:\n/);
    assert.match(output, /Ready is False \(IssuerNotSupported\): issuerRef names/);
    assert.match(output, /CertificateRequest: Ready is False \(Pending\): Waiting on certificate/);
    assert.match(output, /Order teleport-tls-1-1: pending/);
    assert.match(output, /Challenge DNS-01 of lumie-infra\.com: pending: AccessDenied: may not/);
  });

  it("completes once the issuer is correct", async () => {
    stack.change((config) => {
      Object.assign(section(config, "certificate"), { issuer: { name: "letsencrypt" } });
    });
    await stack.up();
  });

  it("wakes the operator if the holder of a deleted role is deleted too", async () => {
    const user = { ...teleport("TeleportUser"), name: "holder" };
    await custom.createNamespacedCustomObject({
      ...user,
      body: {
        ...{ apiVersion: `${TELEPORT_GROUP}/${user.version}`, kind: "TeleportUser" },
        ...{ metadata: { name: "holder" }, spec: { roles: ["held"] } },
      },
    });
    while (stack.teleport("user")["holder"] === undefined) await sleep(100);
    stack.change((config) => delete section(config, "resources")["roles"]);
    // The program does this until the engine is done. The sandbox's language host is older than the call
    // with which a program waits for that (SignalAndWaitForShutdown), and ends it before the deletions.
    const waking = new AbortController();
    const problems: string[] = [];
    const kubernetes = { kubeconfig: stack.env["KUBECONFIG"] };
    const onProblem = (text: string) => problems.push(text);
    const woken = wakeOperator({ kubernetes, namespace: NAMESPACE, onProblem }, waking.signal);
    const update = ended(stack.spawn("up", "--yes", "--skip-preview"));
    const role = () => find(teleport("TeleportRoleV7"), "held");
    while ((await role())?.metadata.deletionTimestamp === undefined) {
      const early = await Promise.race([update, sleep(200)]);
      if (early !== undefined) throw new Error(`the update ended:\n${early.output}`);
    }
    // Unless it is woken, the operator retries 20 and 41 seconds after the first try.
    await sleep(22_000);
    await eventually(async () => {
      const waiting = await role();
      assert.ok(waiting, "the role was deleted while a user held it");
      assert.ok(waiting.metadata.annotations?.[WAKE], "the operator was not woken");
    });
    assert.deepEqual(problems, []);
    await custom.deleteNamespacedCustomObject(user);
    const gone = Date.now();
    while ((await role()) !== undefined) await sleep(200);
    const seconds = (Date.now() - gone) / 1000;
    assert.ok(seconds < 20, `the role was deleted ${String(seconds)} s after its holder`);
    const { code, output } = await update;
    assert.equal(code, 0, output);
    waking.abort();
    await woken;
  });
});
