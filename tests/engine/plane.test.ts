import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as zlib from "node:zlib";
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import * as k8s from "@kubernetes/client-node";
import { Client } from "pg";
import { parse } from "yaml";
import { BOOTSTRAP_SCRIPT } from "../../teleport/database-bootstrap";
import { awsConfig } from "./aws-config";
import { eventually } from "./eventually";
import { EngineStack } from "./stack";

const NAMESPACE = "teleport";
const inNamespace = (name: string) => ({ name, namespace: NAMESPACE });

interface Condition {
  type: string;
  status: string;
}

/** Runs the real program on real API servers, and reads back the results. Tests build on each other. */
describe("the access plane on the sandbox", () => {
  let stack: EngineStack;
  let core: k8s.CoreV1Api;
  let apps: k8s.AppsV1Api;

  before(async () => {
    stack = await EngineStack.start();
    stack.change((config) => {
      config["access-plane:vault"] = { refreshAfter: "5s" };
    });
    core = stack.kube(k8s.CoreV1Api);
    apps = stack.kube(k8s.AppsV1Api);
  });
  after(async () => {
    await stack.stop();
  });

  const secretData = async (name: string) => {
    const { data = {} } = await core.readNamespacedSecret(inNamespace(name));
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
    );
  };
  const nodePort = async () => {
    const { spec } = await core.readNamespacedService(inNamespace("teleport"));
    return spec?.ports?.find((port) => port.port === 443)?.nodePort;
  };

  /** Recovers from a killed deployment as docs/operations.md says. */
  const recoverAndUpdate = async () => {
    const { code, output } = await stack.accessPlane("recover", "--yes");
    assert.equal(code, 0, output);
    await stack.up();
  };

  it("previews the whole plane before anything exists", async () => {
    const output = await stack.expect(0, "preview");
    for (const type of ["helm.sh/v3:Release", "ServicePatch", "TeleportRoleV7", "lb:Listener"]) {
      assert.ok(output.includes(type), `${type} is missing in\n${output}`);
    }
    assert.match(output, /\+ \d+ to create/);
  });

  it("refuses invalid settings before the first resource, with all problems at once", async () => {
    stack.change((config) => {
      config["access-plane:nodePort"] = 443;
      config["access-plane:clusterNam"] = "x";
    });
    const run = await stack.run("up", "--yes", "--skip-preview");
    stack.change((config) => {
      config["access-plane:nodePort"] = 30443;
      delete config["access-plane:clusterNam"];
    });
    assert.notEqual(run.code, 0);
    assert.match(run.output, /nodePort/);
    assert.match(run.output, /clusterNam\b/);
    await assert.rejects(core.readNamespace({ name: NAMESPACE }));
  });

  it("continues a first deployment that was killed in the middle of a release", async () => {
    await stack.killAt(/Release teleport creating/);
    await recoverAndUpdate();
  });

  it("is deployed as specified", async () => {
    const outputs = await stack.outputs();
    assert.equal(outputs["url"], "https://lumie-infra.com");
    assert.equal(outputs["nodePort"], 30443);
  });

  it("listens on node port 30443", async () => {
    assert.equal(await nodePort(), 30443);
    const { spec } = await core.readNamespacedService(inNamespace("teleport"));
    assert.equal(spec?.type, "NodePort");
    assert.equal(spec.externalTrafficPolicy, "Local");
  });

  it("has a certificate for apex and wildcard, signed by its issuer", async () => {
    const pair = await secretData("teleport-tls");
    const pems = [...(pair["tls.crt"] ?? "").matchAll(/-----BEGIN[^]+?END CERTIFICATE-----/g)];
    const chain = pems.map(([pem]) => new X509Certificate(pem));
    const [leaf] = chain;
    assert.equal(leaf?.subjectAltName, "DNS:lumie-infra.com, DNS:*.lumie-infra.com");
    chain.push(new X509Certificate(pair["ca.crt"] ?? ""));
    chain.slice(0, -1).forEach((certificate, index) => {
      const issuer = chain[index + 1];
      assert.ok(issuer !== undefined && certificate.checkIssued(issuer));
      assert.ok(certificate.verify(issuer.publicKey));
    });
  });

  it("has a password that works for both databases, and for nothing else", async () => {
    const secret = await secretData("infra-db-credentials");
    assert.deepEqual(Object.keys(secret).sort(), ["password", "username"]);
    for (const database of ["teleport", "teleport_audit"]) {
      const client = new Client({
        host: "127.0.0.1",
        port: stack.ports["postgres"] ?? 0,
        user: secret["username"] ?? "",
        password: secret["password"] ?? "",
        database,
      });
      await client.connect();
      const { rows } = await client.query(
        "SELECT current_user AS name, current_setting('wal_level') AS wal",
      );
      await client.end();
      assert.deepEqual(rows, [{ name: "teleport", wal: "logical" }]);
    }
  });

  it("creates role and databases with the bootstrap script, which can run again", async function () {
    if (spawnSync("psql", ["--version"]).status !== 0) {
      // PostgreSQL from npm has no psql, which the script needs.
      console.log("      skipped: psql is not installed, which the bootstrap script needs");
      this.skip();
    }
    const connection = { host: "127.0.0.1", port: stack.ports["postgres"] ?? 0 };
    const names = {
      APP_USER: "tele'port",
      STATE_DATABASE: 'the "state"',
      AUDIT_DATABASE: "audit 2",
    };
    const bootstrap = (password: string) => {
      const run = spawnSync("sh", ["-c", BOOTSTRAP_SCRIPT], {
        encoding: "utf8",
        env: {
          PATH: process.env["PATH"],
          ...names,
          APP_PASSWORD: password,
          PGHOST: connection.host,
          PGPORT: String(connection.port),
          PGUSER: "postgres",
          PGPASSWORD: stack.postgresPassword,
        },
      });
      return { ...run, said: run.stdout + run.stderr };
    };
    // Random passwords with characters that break naive quoting.
    for (const password of [`a'"$\\ ${String(Math.random())}`, `b;--\n${String(Math.random())}`]) {
      const run = bootstrap(password);
      assert.equal(run.status, 0, run.said);
      assert.ok(!run.said.includes(password), "the password was printed");
      for (const database of [names.STATE_DATABASE, names.AUDIT_DATABASE]) {
        const client = new Client({ ...connection, user: names.APP_USER, password, database });
        await client.connect();
        const { rows } = await client.query(
          "SELECT rolreplication AS replication, pg_get_userbyid(datdba) AS owner " +
            "FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()",
        );
        await client.query("CREATE TABLE IF NOT EXISTS kept (id int)");
        await client.end();
        assert.deepEqual(rows, [{ replication: true, owner: names.APP_USER }]);
      }
    }
    const refused = bootstrap("");
    assert.notEqual(refused.status, 0);
    assert.match(refused.said, /APP_PASSWORD/);
  });

  it("creates role and databases as an RDS administrator, who is not a superuser", async function () {
    if (spawnSync("psql", ["--version"]).status !== 0) return this.skip();
    const connection = { host: "127.0.0.1", port: stack.ports["postgres"] ?? 0 };
    const server = new Client({
      ...{ ...connection, user: "postgres", database: "postgres" },
      password: stack.postgresPassword,
    });
    await server.connect();
    try {
      await server.query("CREATE ROLE rds_replication");
      await server.query("CREATE ROLE rds_master LOGIN CREATEROLE CREATEDB PASSWORD 'master'");
      await server.query("GRANT rds_replication TO rds_master WITH ADMIN OPTION");
      for (const password of ["first", "second"]) {
        const run = spawnSync("sh", ["-c", BOOTSTRAP_SCRIPT], {
          encoding: "utf8",
          env: {
            ...{ PATH: process.env["PATH"], APP_USER: "on_rds", APP_PASSWORD: password },
            ...{ STATE_DATABASE: "rds_state", AUDIT_DATABASE: "rds_audit" },
            ...{ PGHOST: connection.host, PGPORT: String(connection.port) },
            ...{ PGUSER: "rds_master", PGPASSWORD: "master" },
          },
        });
        assert.equal(run.status, 0, run.stdout + run.stderr);
        const client = new Client({
          ...connection,
          user: "on_rds",
          password,
          database: "rds_state",
        });
        await client.connect();
        const { rows } = await client.query(
          "SELECT pg_has_role('rds_replication', 'USAGE') AS replicates, " +
            "pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = current_database()",
        );
        await client.end();
        assert.deepEqual(rows, [{ replicates: true, owner: "on_rds" }]);
      }
    } finally {
      for (const name of ["rds_state", "rds_audit"]) {
        await server.query(`DROP DATABASE IF EXISTS ${name}`);
      }
      // Drops on_rds first, because the others have granted its memberships.
      for (const role of ["on_rds", "rds_master", "rds_replication"]) {
        await server.query(`DROP ROLE IF EXISTS ${role}`);
      }
      await server.end();
    }
  });

  it("has a token and a role that the operator reports as accepted", async () => {
    const custom = stack.kube(k8s.CustomObjectsApi);
    for (const [version, plural, name] of [
      ["v2", "teleportprovisiontokens", "teleport-agent"],
      ["v1", "teleportrolesv7", "kube-admin"],
    ] as const) {
      const object = (await custom.getNamespacedCustomObject({
        group: "resources.teleport.dev",
        version,
        plural,
        ...inNamespace(name),
      })) as { status: { conditions: Condition[] }; metadata: { finalizers: string[] } };
      const status = object.status.conditions.map(({ type, status }) => `${type}=${status}`).sort();
      assert.deepEqual(status, [
        "SuccessfullyReconciled=True",
        "TeleportResourceOwned=True",
        "ValidStructure=True",
      ]);
      assert.deepEqual(object.metadata.finalizers, ["resources.teleport.dev/deletion"]);
    }
  });

  it("runs cluster and agent with all replicas", async () => {
    for (const name of ["teleport-auth", "teleport-proxy", "teleport-operator"]) {
      const { spec, status } = await apps.readNamespacedDeployment(inNamespace(name));
      assert.equal(status?.readyReplicas, spec?.replicas, name);
    }
    const agent = await apps.readNamespacedStatefulSet(inNamespace("teleport-agent"));
    assert.equal(agent.status?.readyReplicas, 2);
    const names = agent.spec?.template.spec?.initContainers?.map(({ name }) => name);
    assert.deepEqual(names, ["render-config", "check-config"]);
  });

  it("renders the agent's configuration with the script, the ConfigMap and the Secret of the cluster", async () => {
    const { spec } = await apps.readNamespacedStatefulSet(inNamespace("teleport-agent"));
    const script = spec?.template.spec?.initContainers?.[0]?.command?.[2] ?? "";
    const { data = {} } = await core.readNamespacedConfigMap(inNamespace("teleport-agent"));
    const secrets = await secretData("teleport-agent-credentials");
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "agent-config-"));
    try {
      fs.writeFileSync(path.join(dir, "teleport.yaml"), data["teleport.yaml"] ?? "");
      for (const [key, value] of Object.entries(secrets))
        fs.writeFileSync(path.join(dir, key), value);
      const output = path.join(dir, "rendered");
      const run = spawnSync("sh", ["-c", script, "render", `${dir}/teleport.yaml`, dir, output], {
        encoding: "utf8",
      });
      assert.equal(run.status, 0, run.stderr);
      const rendered = parse(fs.readFileSync(output, "utf8")) as {
        app_service: { apps: { name: string; rewrite?: { headers?: string[] } }[] };
      };
      const headers = (name: string) =>
        rendered.app_service.apps.find((app) => app.name === name)?.rewrite?.headers;
      assert.deepEqual(headers("coder"), ["Host: coder.lumie-infra.com"]);
      assert.deepEqual(headers("zot"), [`Authorization: Basic ${secrets["zot-basic-auth"] ?? ""}`]);
      assert.deepEqual(headers("openclaw"), [
        `Authorization: Bearer ${secrets["openclaw-gateway-token"] ?? ""}`,
        "Origin: https://openclaw.lumie-infra.com",
      ]);
      assert.equal(rendered.app_service.apps.length, 12);
    } finally {
      fs.rmSync(dir, { recursive: true });
    }
  });

  it("has no secret in ConfigMaps, pods, events, Helm values or the state", async () => {
    const secrets = {
      ...(await secretData("teleport-agent-credentials")),
      password: (await secretData("infra-db-credentials"))["password"] ?? "",
    };
    const configMaps = await core.listNamespacedConfigMap({ namespace: NAMESPACE });
    const pods = await core.listNamespacedPod({ namespace: NAMESPACE });
    const events = await core.listNamespacedEvent({ namespace: NAMESPACE });
    const releases = await core.listNamespacedSecret({
      namespace: NAMESPACE,
      labelSelector: "owner=helm",
    });
    // The release that was killed midway may have more than one revision.
    const names = new Set(releases.items.map(({ metadata }) => metadata?.labels?.["name"]));
    assert.deepEqual([...names].sort(), ["teleport", "teleport-agent"]);
    const manifests = releases.items.map(({ data = {} }) => {
      const inner = Buffer.from(data["release"] ?? "", "base64").toString();
      return zlib.gunzipSync(Buffer.from(inner, "base64")).toString();
    });
    const places = {
      ConfigMaps: JSON.stringify(configMaps.items),
      pods: JSON.stringify(pods.items),
      events: JSON.stringify(events.items),
      "Helm releases": manifests.join("\n"),
      state: stack.state(),
    };
    for (const [place, text] of Object.entries(places)) {
      for (const [key, value] of Object.entries(secrets)) {
        assert.ok(value.length > 8, key);
        const base64 = Buffer.from(value).toString("base64");
        assert.ok(!text.includes(value) && !text.includes(base64), `${key} is in ${place}`);
      }
    }
  });

  it("allows Vault's role to read the two paths and nothing else", async () => {
    const policy = await stack.vault("sys/policies/acl/teleport-sandbox");
    const paths = String(policy["policy"]).match(/path "([^"]+)"/g);
    assert.deepEqual(paths, [
      'path "secret/data/infra-db/teleport"',
      'path "secret/data/teleport/agent"',
    ]);
    const role = await stack.vault("auth/kubernetes/role/teleport-sandbox");
    assert.deepEqual(role["bound_service_account_names"], ["teleport-vault"]);
    assert.deepEqual(role["bound_service_account_namespaces"], ["teleport"]);
    assert.equal(role["audience"], "vault");
  });

  it("connects the load balancer to the node port, in the AWS API", async () => {
    const elb = new ElasticLoadBalancingV2Client(awsConfig(stack.env));
    const { LoadBalancers: [nlb] = [] } = await elb.send(
      new DescribeLoadBalancersCommand({ Names: ["teleport"] }),
    );
    assert.equal(nlb?.Type, "network");
    const arn = nlb.LoadBalancerArn;
    const { Listeners: [listener] = [] } = await elb.send(
      new DescribeListenersCommand({ LoadBalancerArn: arn }),
    );
    assert.deepEqual([listener?.Port, listener?.Protocol], [443, "TCP"]);
    const { TargetGroups: [group] = [] } = await elb.send(
      new DescribeTargetGroupsCommand({ LoadBalancerArn: arn }),
    );
    assert.equal(group?.Port, await nodePort());
    const health = await elb.send(
      new DescribeTargetHealthCommand({ TargetGroupArn: group?.TargetGroupArn }),
    );
    assert.deepEqual(
      health.TargetHealthDescriptions?.map(({ Target }) => Target?.Port),
      [30443, 30443],
    );
  });

  it("finds no changes afterwards, in a preview and in a second update", async () => {
    await stack.expect(0, "preview", "--expect-no-changes");
    await stack.up();
    assert.deepEqual(await stack.lastChanges(), {});
  });

  it("changes only the agent for a changed app", async () => {
    stack.change((config) => {
      const agents = config["access-plane:agents"] as Record<string, { apps: object[] }>;
      agents["teleport-agent"]?.apps.push({
        name: "harbor",
        uri: "http://harbor.harbor.svc.cluster.local:80",
      });
    });
    const output = await stack.up();
    const changed = [
      ...output.matchAll(/ [~+-]+ +(\S+) (\S+) (?:updated|created|deleted|replaced)/g),
    ]
      .map(([, type = "", name = ""]) => `${type} ${name}`)
      .filter((resource) => !resource.startsWith("access-plane:components:"));
    assert.deepEqual(changed, ["kubernetes:helm.sh/v3:Release teleport-agent"], output);
    const { data = {} } = await core.readNamespacedConfigMap(inNamespace("teleport-agent"));
    assert.match(data["teleport.yaml"] ?? "", /public_addr: harbor\.lumie-infra\.com/);
  });

  it("detects a manual change of the node port and reverts it", async () => {
    const { spec } = await core.readNamespacedService(inNamespace("teleport"));
    const ports = spec?.ports?.map(({ name, port, targetPort }) => ({
      name,
      port,
      targetPort,
      nodePort: 31000,
    }));
    await core.patchNamespacedService(
      { ...inNamespace("teleport"), body: { spec: { ports } } },
      k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
    );
    assert.equal(await nodePort(), 31000);
    const preview = await stack.run("preview", "--refresh", "--expect-no-changes");
    assert.notEqual(preview.code, 0, preview.output);
    assert.match(preview.output, /ServicePatch/);
    await stack.expect(0, "up", "--refresh", "--yes", "--skip-preview");
    assert.equal(await nodePort(), 30443);
  });

  it("delivers a secret that changes in Vault, and restarts the agent once", async () => {
    const agentPath = "secret/data/teleport/agent";
    const { data } = (await stack.vault(agentPath)) as { data: Record<string, string> };
    const changed = { ...data, "zot-basic-auth": `changed-${String(Date.now())}` };
    const restartedAt = async () => {
      const { spec } = await apps.readNamespacedStatefulSet(inNamespace("teleport-agent"));
      return spec?.template.metadata?.annotations?.["vso.secrets.hashicorp.com/restartedAt"];
    };
    assert.equal(await restartedAt(), undefined);
    await stack.vault(agentPath, { data: changed });
    await eventually(async () => {
      const { "zot-basic-auth": value } = await secretData("teleport-agent-credentials");
      assert.equal(value, changed["zot-basic-auth"]);
      assert.ok(await restartedAt());
    });
    const restarted = await restartedAt();
    await sleep(8000);
    assert.equal(await restartedAt(), restarted);
    await stack.expect(0, "preview", "--expect-no-changes");
  });

  it("continues after an update that was killed in the middle of a release", async () => {
    stack.change((config) => {
      (config["access-plane:teleport"] as Record<string, unknown>)["certificateReload"] = "2h";
      const agents = config["access-plane:agents"] as Record<string, Record<string, unknown>>;
      Object.assign(agents["teleport-agent"] ?? {}, { replicas: 3 });
    });
    await stack.killAt(/Release teleport updating/);
    await recoverAndUpdate();
    const agent = await apps.readNamespacedStatefulSet(inNamespace("teleport-agent"));
    assert.equal(agent.status?.readyReplicas, 3);
    await stack.expect(0, "preview", "--expect-no-changes");
  });

  const resourcesInState = () => {
    const state = JSON.parse(stack.state()) as {
      checkpoint: { latest: { resources?: unknown[] } };
    };
    return state.checkpoint.latest.resources ?? [];
  };

  it("is protected from deletion until its settings change that", async () => {
    const before = resourcesInState().length;
    const { code, output } = await stack.run("destroy", "--yes");
    assert.notEqual(code, 0);
    assert.match(output, /cannot be deleted\s+because it is protected/);
    assert.equal(resourcesInState().length, before, "the refused destroy deleted something");
    assert.ok(await core.readNamespace({ name: NAMESPACE }));
    stack.liftProtection();
    await stack.up();
  });

  it("is destroyed completely, in order", async () => {
    await stack.expect(0, "destroy", "--yes", "--skip-preview");
    await assert.rejects(core.readNamespace({ name: NAMESPACE }));
    await assert.rejects(stack.vault("sys/policies/acl/teleport-sandbox"));
    assert.deepEqual(resourcesInState(), []);
  });
});
