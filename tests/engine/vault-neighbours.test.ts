import * as assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readPath, vaultPolicy, vaultSecrets } from "../../inventory/secrets";
import { parseSettings } from "../../settings/load";
import { goodSettings, type Sections } from "../unit/settings/fixture";
import { freePort } from "../free-port";

const ROOT_TOKEN = "vault-neighbours";

/** The paths that the policy of a plane with these settings allows. */
function pathsOf(change: (sections: Sections) => void): string[] {
  const sections = goodSettings();
  change(sections);
  const { settings, problems } = parseSettings(sections);
  assert.ok(settings?.kind === "plane", JSON.stringify(problems));
  return vaultSecrets(settings).map(readPath);
}

/** Tests in a real Vault the policies of planes whose paths begin alike. */
describe("three planes on one Vault", () => {
  let server: ChildProcess;
  let address: string;
  const planes = {
    first: pathsOf(() => undefined),
    // Paths below, beside and before those of the first plane.
    second: pathsOf((sections) => {
      sections.database.credentials = {
        source: "static-role",
        connection: "infra-db",
        role: "edge",
      };
      sections.agents["teleport-agent"].credentials.path = "teleport/agent/more";
    }),
    third: pathsOf((sections) => {
      sections.database.credentials.path = "infra-db/teleport-edge";
      sections.agents["teleport-agent"].credentials.path = "teleport/agents";
    }),
  };
  const tokens = new Map<string, string>();

  const call = async (method: string, at: string, token: string, body?: object) => {
    const response = await fetch(`${address}/v1/${at}`, {
      method,
      headers: { "X-Vault-Token": token },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, json: text === "" ? {} : (JSON.parse(text) as object) };
  };

  before(async () => {
    const tools = (await import(path.resolve("sandbox/src/setup/tools.ts"))) as {
      toolPath(name: string): string;
    };
    const port = await freePort();
    address = `http://127.0.0.1:${String(port)}`;
    const listen = [
      `-dev-root-token-id=${ROOT_TOKEN}`,
      `-dev-listen-address=127.0.0.1:${String(port)}`,
    ];
    const args = ["server", "-dev", "-dev-no-store-token", ...listen];
    server = spawn(tools.toolPath("vault"), args, { stdio: "ignore" });
    const ready = () =>
      fetch(`${address}/v1/sys/health`).then(
        ({ ok }) => ok,
        () => false,
      );
    for (let tries = 0; !(await ready()); tries++) {
      assert.ok(tries < 150, "Vault does not answer");
      await sleep(200);
    }
    for (const [name, paths] of Object.entries(planes)) {
      const policy = { policy: vaultPolicy(paths) };
      await call("PUT", `sys/policies/acl/${name}`, ROOT_TOKEN, policy);
      const made = await call("POST", "auth/token/create-orphan", ROOT_TOKEN, {
        policies: [name],
        no_default_policy: true,
      });
      tokens.set(name, (made.json as { auth: { client_token: string } }).auth.client_token);
      for (const at of paths.filter((one) => one.includes("/data/"))) {
        await call("POST", at, ROOT_TOKEN, { data: { value: "x" } });
      }
    }
  });
  after(() => server.kill());

  it("read only their own paths", async () => {
    const all = Object.values(planes).flat();
    assert.equal(new Set(all).size, all.length, "the planes share a path");
    for (const [name, own] of Object.entries(planes)) {
      assert.ok(own.length >= 2);
      for (const at of all.filter((one) => one.includes("/data/"))) {
        const { status } = await call("GET", at, tokens.get(name) ?? "");
        assert.equal(status, own.includes(at) ? 200 : 403, `${name} reads ${at}`);
      }
    }
  });

  it("may not list, write, delete, or read policies", async () => {
    const all = Object.values(planes).flat();
    const kv = all.filter((one) => one.includes("/data/"));
    const asked = [
      ...all,
      ...kv.flatMap((at) =>
        ["metadata", "delete", "destroy", "undelete"].map((verb) =>
          at.replace("/data/", `/${verb}/`),
        ),
      ),
      ...kv.map((at) => path.posix.dirname(at)),
      ...["first", "second", "third"].map((name) => `sys/policies/acl/${name}`),
      ...["auth/token/create", "sys/mounts", "secret/config", "database/config/infra-db"],
    ];
    for (const [name, own] of Object.entries(planes)) {
      const { json } = await call("POST", "sys/capabilities", ROOT_TOKEN, {
        token: tokens.get(name),
        paths: asked,
      });
      const { data } = json as { data: Record<string, string[]> };
      for (const at of asked) {
        assert.deepEqual(data[at], [own.includes(at) ? "read" : "deny"], `${name}: ${at}`);
      }
    }
  });
});
