import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as k8s from "@kubernetes/client-node";
import pg from "pg";
import { EngineStack } from "./stack";

const DATABASES = ["teleport", "teleport_audit"];
const ROWS = 500;

/** Restores a plane after the loss of its cluster and databases, as docs/disaster.md says. */
describe("a plane after the loss of its cluster and databases", function () {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-restore-"));
  let stack: EngineStack;
  let lost: Awaited<ReturnType<typeof seen>>;

  before(function () {
    try {
      execFileSync("pg_dump", ["--version"]);
    } catch {
      this.skip(); // PostgreSQL from npm has no pg_dump.
    }
  });
  after(async () => {
    await (stack as EngineStack | undefined)?.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const start = async () => {
    stack = await EngineStack.start();
    stack.change((config) => delete config["access-plane:loadBalancer"]);
  };
  const postgres = (tool: string, ...args: string[]) =>
    execFileSync(tool, ["-h", "127.0.0.1", "-p", String(stack.ports["postgres"]), ...args], {
      env: { ...process.env, PGUSER: "postgres", PGPASSWORD: stack.postgresPassword },
    });
  const query = async (database: string, text: string, values: unknown[] = []) => {
    const client = new pg.Client({
      ...{ host: "127.0.0.1", port: stack.ports["postgres"], database },
      ...{ user: "postgres", password: stack.postgresPassword },
    });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  /** What must exist again: the objects of the program and its charts, outputs, database rows. */
  const seen = async () => {
    const objects = k8s.KubernetesObjectApi.makeApiClient(kubeConfig());
    const of = async (apiVersion: string, kind: string) => {
      const { items } = await objects.list(apiVersion, kind, "teleport");
      return items.map(({ metadata }) => `${kind} ${metadata?.name ?? ""}`);
    };
    const kinds = [
      ...[["v1", "ConfigMap"] as const, ["v1", "Secret"] as const, ["v1", "Service"] as const],
      ...[["apps/v1", "Deployment"] as const, ["apps/v1", "StatefulSet"] as const],
      ["resources.teleport.dev/v1", "TeleportRoleV7"] as const,
      ["resources.teleport.dev/v2", "TeleportProvisionToken"] as const,
      ["secrets.hashicorp.com/v1beta1", "VaultStaticSecret"] as const,
    ];
    const lists = await Promise.all(kinds.map(([version, kind]) => of(version, kind)));
    const names = lists.flat().filter((name) => !/sh\.helm|kube-root-ca|-state$/.test(name));
    const rows = await Promise.all(
      DATABASES.map((name) => query(name, "select key, value, revision from kv order by key")),
    );
    return { names: names.sort(), outputs: await stack.outputs(), rows };
  };
  const kubeConfig = () => {
    const config = new k8s.KubeConfig();
    config.loadFromFile(stack.env["KUBECONFIG"] ?? "");
    return config;
  };

  it("gets a backup of databases and state while it runs", async () => {
    await start();
    await stack.up();
    for (const name of DATABASES) {
      await query(name, "create table kv (key bytea primary key, value bytea, revision uuid)");
      await query(name, "alter table kv owner to teleport");
      await query(
        name,
        "insert into kv select decode(md5(i::text), 'hex'), decode(md5((i * 7)::text), 'hex'), " +
          "gen_random_uuid() from generate_series(1, $1::int) i",
        [ROWS],
      );
      postgres("pg_dump", "-Fc", "--create", "-f", path.join(folder, `${name}.dump`), name);
    }
    const state = await stack.expect(0, "stack", "export");
    fs.writeFileSync(path.join(folder, "state.json"), state, { mode: 0o600 });
    lost = await seen();
    assert.equal(lost.rows[0]?.length, ROWS);
    await stack.stop();
  });

  it("is restored on a new cluster and a new PostgreSQL without a loss", async () => {
    await start();
    for (const name of DATABASES) {
      const dump = path.join(folder, `${name}.dump`);
      postgres("pg_restore", "--clean", "--if-exists", "--create", "-d", "postgres", dump);
    }
    await stack.expect(0, "stack", "import", "--file", path.join(folder, "state.json"));
    stack.env["PULUMI_K8S_DELETE_UNREACHABLE"] = "true";
    const refreshed = await stack.accessPlane("refresh", "--yes");
    assert.equal(refreshed.code, 0, refreshed.output);
    delete stack.env["PULUMI_K8S_DELETE_UNREACHABLE"];
    await stack.up();
    assert.deepEqual(await seen(), lost);
    await stack.expect(0, "preview", "--refresh", "--expect-no-changes");
  });

  it("passes the checks that are possible on the sandbox", async () => {
    const groups = "kubernetes,cluster,agent,release,resources,secrets";
    const { code, output } = await stack.accessPlane("verify", "--only", groups);
    assert.equal(code, 0, output);
  });
});
