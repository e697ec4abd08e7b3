import * as assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineStack, liftProtection, type Config } from "./stack";

const NAMESPACE = "teleport";
const DATABASE = "infra-db-credentials";
const PATH = "infra-db/teleport";
type Section = Record<string, unknown>;

/** Changes what writes the plane's Secrets and their source, and changes both back again. */
describe("Secrets with a change of delivery", () => {
  let stack: EngineStack;
  before(async () => {
    stack = await EngineStack.start();
    stack.change((config) => {
      delete config["access-plane:loadBalancer"];
      // `access-plane up --allow database-credentials` lifts the protection for one update.
      liftProtection(config);
      setSource(config, { source: "existing", path: PATH });
    });
    const body = { data: { username: "teleport", password: "not-the-real-one" } };
    await stack.vault(`secret/data/${PATH}`, body);
    await stack.up();
  });
  after(() => stack.stop());

  const setSource = (config: Config, credentials: Section) => {
    const database = config["access-plane:database"] as Section;
    config["access-plane:database"] = { ...database, credentials };
  };
  const setDelivery = (delivery: string) =>
    stack.change((config) => {
      config["access-plane:vault"] = { ...(config["access-plane:vault"] as Section), delivery };
    });
  const secret = () =>
    stack.kube(k8s.CoreV1Api).readNamespacedSecret({ name: DATABASE, namespace: NAMESPACE });
  /** Updates the stack, and asserts that the Secret of the auth pods exists all the time. */
  const updateWatched = async () => {
    const missing: string[] = [];
    const watch = new AbortController();
    const watching = (async () => {
      while (!watch.signal.aborted) {
        const found = await secret().catch(
          (error: unknown) => (error as k8s.ApiException<string>).code,
        );
        if (typeof found === "number") missing.push(String(found));
        else if (found.data?.["password"] === undefined) missing.push("no password");
        await sleep(50);
      }
    })();
    try {
      await stack.up();
      // The garbage collector checks owners some time later.
      await sleep(15_000);
    } finally {
      watch.abort();
      await watching;
    }
    assert.deepEqual(
      missing.slice(0, 3),
      [],
      `the Secret of the auth pods was missing ${missing.length} times`,
    );
    return secret();
  };
  const owners = ({ metadata }: k8s.V1Secret) =>
    (metadata?.ownerReferences ?? []).map(({ kind }) => kind);

  it("change from the operator to Pulumi, and stay although the operator's objects are deleted", async () => {
    setDelivery("pulumi");
    const found = await updateWatched();
    assert.deepEqual(owners(found), ["Namespace"]);
    // The next update takes the permission to overwrite away again.
    await stack.up();
    await stack.expect(0, "preview", "--refresh", "--expect-no-changes");
  });

  it("change back to the operator, which takes them over before Pulumi releases them", async () => {
    setDelivery("operator");
    const found = await updateWatched();
    assert.deepEqual(owners(found), ["VaultStaticSecret"]);
    // The next update takes the permission to overwrite away again.
    await stack.up();
    await stack.expect(0, "preview", "--refresh", "--expect-no-changes");
  });

  it("change to a static role, and back to Vault's KV", async () => {
    stack.change((config) => setSource(config, { source: "static-role", connection: "infra-db" }));
    await updateWatched();
    stack.change((config) => setSource(config, { source: "existing", path: PATH }));
    const found = await updateWatched();
    const password = Buffer.from(found.data?.["password"] ?? "", "base64").toString();
    assert.equal(password, "not-the-real-one");
  });
});
