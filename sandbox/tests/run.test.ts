/** Two whole sandboxes side by side, asked through their own APIs. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateLoadBalancerCommand,
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { DescribeAutoScalingGroupsCommand, AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { ListHostedZonesCommand, Route53Client } from "@aws-sdk/client-route-53";
import pg from "pg";
import { findPostgres } from "../src/setup/postgres.ts";
import { call, healthy, until } from "../src/run/http.ts";
import { groupOf, isAlive } from "../src/run/identity.ts";
import { PartCrashed, formatStatus, reset, start, status, stop, watch } from "../src/run/index.ts";
import { KubeApi } from "../src/run/kube-api.ts";
import type { KubeObject } from "../src/run/kube-api.ts";
import type { Sandbox } from "../src/run/part.ts";
import { awsEndpoint, clientOptions } from "../src/run/parts/aws.ts";
import { etcdClient } from "../src/run/parts/etcd.ts";
import { query, superuser } from "../src/run/parts/postgres.ts";
import { vaultCall } from "../src/run/parts/vault.ts";
import { isFree } from "../src/run/ports.ts";
import { readState } from "../src/run/state.ts";

const object = (apiVersion: string, kind: string, name: string, rest: object = {}): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: "default" },
  ...rest,
});

describe("run: the whole sandbox", function () {
  this.timeout(180_000);
  const folders = ["a", "b"].map((name) =>
    mkdtempSync(join(tmpdir(), `access-plane-sandbox-${name}-`)),
  );
  const [stateDir, otherDir] = folders as [string, string];
  let sandbox: Sandbox;
  let other: Sandbox;

  const pids = (folder: string) =>
    Object.fromEntries(status({ stateDir: folder }).map(({ name, pid }) => [name, pid]));

  before(async () => {
    [sandbox, other] = await Promise.all([start({ stateDir }), start({ stateDir: otherDir })]);
  });

  after(async () => {
    for (const folder of folders) {
      await reset({ stateDir: folder });
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("runs every part with a pid, an address and its memory", () => {
    for (const part of status({ stateDir })) {
      assert.equal(part.state, "running", part.name);
      assert.ok((part.memory ?? 0) > 1024 * 1024, part.name);
      assert.ok(part.port !== undefined, part.name);
    }
    assert.match(
      formatStatus(status({ stateDir })),
      /kube-apiserver +running +\d+ +127\.0\.0\.1:\d+/,
    );
  });

  it("answers on every part's own API", async () => {
    const { ports } = sandbox;
    const local = (name: string) => `127.0.0.1:${ports[name]!}`;
    await healthy(`https://${local("kube-controller-manager")}/healthz`, { insecure: true });
    await healthy(`https://${local("kube-scheduler")}/healthz`, { insecure: true });
    await healthy(`http://${local("vault-secrets-operator-health")}/readyz`);
    await healthy(`http://${local("controllers")}/readyz`);
    const version = await new KubeApi(sandbox).request<{ gitVersion: string }>("GET", "/version");
    assert.match(version.gitVersion, /^v1\.\d+/);
    const seal = await vaultCall<{ sealed: boolean }>(sandbox, "GET", "sys/seal-status");
    assert.equal(seal.sealed, false);
  });

  it("refuses access to etcd and the AWS account without the sandbox's keys", async () => {
    const { ports, layout } = sandbox;
    const read = async (pair: { cert?: string; key?: string }) =>
      call(`https://127.0.0.1:${ports["etcd"]!}/v3/kv/range`, {
        ...{ method: "POST", body: { key: "AA==" }, ...pair },
        ca: readFileSync(join(layout.pki, "etcd/ca.crt"), "utf8"),
      });
    await assert.rejects(read({}), /certificate required|socket hang up|ECONNRESET|EPIPE/);
    const { pair } = await etcdClient(layout);
    const [cert, key] = [pair.certificate, pair.key].map((file) => readFileSync(file, "utf8"));
    assert.equal((await read({ cert: cert!, key: key! })).status, 200);

    const describe = "Action=DescribeVpcs&Version=2016-11-15";
    const unsigned = await call(`${awsEndpoint(sandbox)}/?${describe}`);
    assert.deepEqual([unsigned.status, /not signed/.test(unsigned.text)], [403, true]);
    const options = clientOptions(sandbox);
    const { accessKeyId } = options.credentials;
    const wrong = { ...options, credentials: { accessKeyId, secretAccessKey: "guessed" } };
    await assert.rejects(
      new EC2Client(wrong).send(new DescribeVpcsCommand({})),
      /signature does not match/,
    );
    await new EC2Client(options).send(new DescribeVpcsCommand({}));
  });

  it("has the CA of infra-db in every namespace", async () => {
    const { ports, layout, secrets } = sandbox;
    const login = (servername: string) => {
      const ca = readFileSync(join(layout.pki, "infra-db/ca.crt"), "utf8");
      return new pg.Client({
        ...{ host: "127.0.0.1", port: ports["postgres"]!, database: "teleport" },
        ...{ user: superuser, password: secrets.postgresPassword },
        ssl: { ca, servername },
      });
    };
    const client = login("infra-db.infra-db.svc.cluster.local");
    await client.connect();
    await client.end();
    await assert.rejects(login("another.example.com").connect(), /does not match certificate/);
    const kube = new KubeApi(sandbox);
    for (const [name, key] of [
      ["infra-db-ca", "ca.crt"],
      ["sandbox-ca", "ca.pem"],
    ] as const) {
      const secret = object("v1", "Secret", name);
      const found = (await kube.get("secrets", secret)) as { data?: Record<string, string> };
      assert.match(
        Buffer.from(found.data?.[key] ?? "", "base64").toString(),
        /^-----BEGIN CERTIFICATE/,
      );
    }
  });

  it("runs pods: the scheduler places them and KWOK reports them Ready", async () => {
    const kube = new KubeApi(sandbox);
    const pod = object("v1", "Pod", "probe", { spec: { containers: [{ name: "c", image: "i" }] } });
    await kube.apply("pods", pod);
    await until("The pod", 30, async () => {
      const { status: now } = (await kube.get("pods", pod)) as { status?: { phase?: string } };
      assert.equal(now?.phase, "Running");
    });
  });

  it("has infra-db with logical decoding and its roles", () =>
    query(sandbox, "teleport", async (client) => {
      const level = await client.query<{ wal_level: string }>("show wal_level");
      assert.equal(level.rows[0]?.wal_level, "logical");
      const decoder = findPostgres().wal2json ? "wal2json" : "pgoutput";
      await client.query("select pg_create_logical_replication_slot('probe', $1, true)", [decoder]);
      const owned = await client.query<{ datname: string }>(
        "select datname from pg_database join pg_roles r on r.oid = datdba " +
          "where rolname = 'teleport' and rolreplication order by 1",
      );
      assert.deepEqual(
        owned.rows.map(({ datname }) => datname),
        ["teleport", "teleport_audit"],
      );
    }));

  it("has the AWS account: tagged subnets, nodes, their group, and the zone", async () => {
    const options = clientOptions(sandbox);
    const ec2 = new EC2Client(options);
    const subnets = await ec2.send(
      new DescribeSubnetsCommand({
        Filters: [{ Name: "tag:kubernetes.io/role/elb", Values: ["1"] }],
      }),
    );
    assert.equal(subnets.Subnets?.length, 3);
    const nodes = await ec2.send(
      new DescribeInstancesCommand({
        Filters: [{ Name: "tag:kubernetes.io/cluster/lumie", Values: ["owned"] }],
      }),
    );
    assert.equal(nodes.Reservations?.flatMap(({ Instances }) => Instances ?? []).length, 2);
    const groups = await new AutoScalingClient(options).send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ["lumie-nodes"] }),
    );
    assert.equal(groups.AutoScalingGroups?.[0]?.Instances?.length, 2);
    const zones = await new Route53Client(options).send(new ListHostedZonesCommand({}));
    assert.deepEqual(
      zones.HostedZones?.map(({ Name }) => Name),
      ["lumie-infra.com."],
    );
  });

  it("delivers a password from Vault's database engine that works", async () => {
    const kube = new KubeApi(sandbox);
    await vaultCall(sandbox, "POST", "database/static-roles/probe", {
      db_name: "infra-db",
      username: "teleport",
      rotation_period: 3600,
    });
    await vaultCall(sandbox, "POST", "sys/policies/acl/probe", {
      policy: 'path "database/static-creds/probe" { capabilities = ["read"] }',
    });
    await vaultCall(sandbox, "POST", "auth/kubernetes/role/probe", {
      bound_service_account_names: "probe",
      bound_service_account_namespaces: "default",
      audience: "vault",
      policies: "probe",
    });
    await kube.apply("serviceaccounts", object("v1", "ServiceAccount", "probe"));
    const vso = "secrets.hashicorp.com/v1beta1";
    await kube.apply(
      "vaultauths",
      object(vso, "VaultAuth", "probe", {
        spec: {
          method: "kubernetes",
          mount: "kubernetes",
          kubernetes: { role: "probe", serviceAccount: "probe", audiences: ["vault"] },
        },
      }),
    );
    const synced = object(vso, "VaultDynamicSecret", "probe", {
      spec: {
        vaultAuthRef: "probe",
        mount: "database",
        path: "static-creds/probe",
        allowStaticCreds: true,
        destination: { name: "probe", create: true },
      },
    });
    await kube.apply("vaultdynamicsecrets", synced);
    const data = await until("The synced Secret", 60, async () => {
      const secret = await kube.get("secrets", object("v1", "Secret", "probe"));
      assert.ok(secret?.["data"], "no Secret yet");
      return secret["data"] as Record<string, string>;
    });
    const password = Buffer.from(data["password"]!, "base64").toString();
    const { default: pg } = await import("pg");
    const client = new pg.Client({
      host: "127.0.0.1",
      port: sandbox.ports["postgres"],
      user: "teleport",
      password,
      database: "teleport",
    });
    await client.connect();
    await client.end();
    await kube.request("DELETE", `/apis/${vso}/namespaces/default/vaultdynamicsecrets/probe`);
    await vaultCall(sandbox, "DELETE", "database/static-roles/probe");
  });

  it("listens on loopback addresses only", function () {
    if (!existsSync("/proc/net/tcp")) this.skip();
    for (const [name, leader] of Object.entries(readState(sandbox.layout).parts)) {
      const addresses = groupOf(leader).flatMap(({ pid }) => listening(pid));
      assert.ok(addresses.length > 0, name);
      for (const address of addresses) assert.equal(address, "0100007F", name);
    }
  });

  it("writes an env file that only this user can read and a shell can source", () => {
    const { env } = sandbox.layout;
    assert.equal(statSync(env).mode & 0o777, 0o600);
    const script = `. '${env}' && . '${env}' && echo "$KUBECONFIG|$VAULT_ADDR|$AWS_ENDPOINT_URL|$PATH"`;
    const shell = execFileSync("/bin/sh", ["-c", script], {
      encoding: "utf8",
      env: { PATH: "/usr/bin:/bin" },
    });
    assert.equal(
      shell.trim(),
      [
        join(stateDir, "kubeconfig"),
        `http://127.0.0.1:${sandbox.ports["vault"]!}`,
        `http://127.0.0.1:${sandbox.ports["aws"]!}`,
        `${join(stateDir, "bin")}:/usr/bin:/bin`,
      ].join("|"),
    );
    for (const file of ["kubeconfig", "secrets.json", "state.json", "vault/keys.json"]) {
      assert.equal(statSync(join(stateDir, file)).mode & 0o077, 0, file);
    }
  });

  it("runs separately from a second sandbox", async () => {
    const mine = new Set(Object.values(sandbox.ports));
    assert.deepEqual(
      Object.values(other.ports).filter((port) => mine.has(port)),
      [],
    );
    const wanted = object("v1", "ConfigMap", "mine", { data: { from: "a" } });
    await new KubeApi(sandbox).apply("configmaps", wanted);
    assert.equal(await new KubeApi(other).get("configmaps", wanted), undefined);
  });

  it("keeps everything that runs when it is started again", async () => {
    const before_ = pids(stateDir);
    await start({ stateDir });
    assert.deepEqual(pids(stateDir), before_);
  });

  it("reports a killed part by name with the end of its log, and restarts only that part", async () => {
    const before_ = pids(stateDir);
    const vault = readState(sandbox.layout).parts["vault"]!;
    process.kill(vault.pid, "SIGKILL");
    await assert.rejects(watch({ stateDir, everySeconds: 0.1 }), (error: unknown) => {
      assert.ok(error instanceof PartCrashed);
      assert.equal(error.part, "vault");
      assert.match(error.message, /^vault stopped unexpectedly\. .*vault\.log\):\n {4} *\S/);
      return true;
    });
    assert.deepEqual(
      status({ stateDir })
        .filter(({ state }) => state === "crashed")
        .map(({ name }) => name),
      ["vault"],
    );
    assert.match(
      formatStatus(status({ stateDir })),
      /vault +crashed[^]*vault stopped unexpectedly/,
    );
    await start({ stateDir });
    const now = pids(stateDir);
    assert.notEqual(now["vault"], vault.pid);
    assert.deepEqual({ ...now, vault: undefined }, { ...before_, vault: undefined });
  });

  it("leaves no process and no port when stopped, and has its state at the next start", async () => {
    const kube = new KubeApi(sandbox);
    const map = object("v1", "ConfigMap", "kept", { data: { answer: "42" } });
    await kube.apply("configmaps", map);
    await vaultCall(sandbox, "POST", "secret/data/kept", { data: { answer: "42" } });
    await query(sandbox, "teleport", (client) =>
      client.query("create table kept as select 42 as answer"),
    );
    const options = clientOptions(sandbox);
    const { Subnets } = await new EC2Client(options).send(
      new DescribeSubnetsCommand({
        Filters: [{ Name: "tag:kubernetes.io/role/elb", Values: ["1"] }],
      }),
    );
    const balancers = new ElasticLoadBalancingV2Client(options);
    await balancers.send(
      new CreateLoadBalancerCommand({
        Name: "kept",
        Type: "network",
        Subnets: (Subnets ?? []).map(({ SubnetId }) => SubnetId!),
      }),
    );

    const groups = Object.values(readState(sandbox.layout).parts).flatMap(groupOf);
    const ended = await stop({ stateDir });
    assert.equal(ended.length, status({ stateDir }).length);
    assert.deepEqual(groups.filter(isAlive), []);
    for (const port of Object.values(sandbox.ports)) assert.ok(await isFree(port), String(port));
    assert.deepEqual(await stop({ stateDir }), [], "stopping twice does no harm");
    for (const part of status({ stateDir: otherDir }))
      assert.equal(part.state, "running", part.name);

    const began = Date.now();
    const { ports } = await start({ stateDir });
    const seconds = (Date.now() - began) / 1000;
    // Some 10 s on two idle cores; the promise is 30, a machine busy with other tests may double it.
    assert.ok(seconds < 60, `ready after ${seconds.toFixed(1)} s`);
    assert.deepEqual(ports, sandbox.ports);
    assert.deepEqual((await kube.get("configmaps", map))?.["data"], { answer: "42" });
    const secret = await vaultCall<{ data: { data: object } }>(sandbox, "GET", "secret/data/kept");
    assert.deepEqual(secret.data.data, { answer: "42" });
    const row = await query(sandbox, "teleport", (client) =>
      client.query<{ answer: number }>("select answer from kept"),
    );
    assert.equal(row.rows[0]?.answer, 42);
    const found = await balancers.send(new DescribeLoadBalancersCommand({ Names: ["kept"] }));
    assert.equal(found.LoadBalancers?.[0]?.LoadBalancerName, "kept");
  });

  it("deletes everything on reset", async () => {
    const { ports, layout } = sandbox;
    await reset({ stateDir });
    assert.deepEqual(
      status({ stateDir }).filter(({ state }) => state !== "stopped"),
      [],
    );
    await assert.rejects(call(`http://127.0.0.1:${ports["vault"]!}/v1/sys/health`));
    for (const gone of [layout.etcd, layout.vault, layout.postgres, layout.aws, layout.secrets]) {
      assert.equal(existsSync(gone), false, gone);
    }
  });
});

/** Local addresses (as the kernel writes them) on which a process listens. */
function listening(pid: number): string[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`)
      .map((fd) => {
        try {
          return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
        } catch {
          return undefined; // closed meanwhile
        }
      })
      .filter((inode) => inode !== undefined),
  );
  return ["/proc/net/tcp", "/proc/net/tcp6"]
    .filter((table) => existsSync(table))
    .flatMap((table) => readFileSync(table, "utf8").trim().split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === "0A" && sockets.has(fields[9] ?? ""))
    .map((fields) => fields[1]!.split(":")[0]!);
}
