import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EC2Client, RevokeSecurityGroupIngressCommand } from "@aws-sdk/client-ec2";
import {
  DeleteListenerCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  ChangeResourceRecordSetsCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from "@aws-sdk/client-route-53";
import * as k8s from "@kubernetes/client-node";
import { Client } from "pg";
import { awsConfig } from "./aws-config";
import { eventually } from "./eventually";
import { RemediedStack } from "./follow-remedies";
import type { EngineStack } from "./stack";

const NAMESPACE = "teleport";
const inNamespace = (name: string) => ({ name, namespace: NAMESPACE });
const mergePatch = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch);
const TELEPORT = { group: "resources.teleport.dev", namespace: NAMESPACE };
const POLICY = "sys/policies/acl/teleport-sandbox";
const UP = /^bin\/access-plane up -C \S+ --stack sandbox --refresh$/;

/**
 * Follows the remedies of `verify`: causes a fault in the real parts of a sandbox, pastes the commands
 * that `verify` prints into a terminal, and asserts that `verify` passes.
 */
describe("remedies of verify, pasted into a shell", () => {
  let remedied: RemediedStack;
  let stack: EngineStack;
  let core: k8s.CoreV1Api;
  let custom: k8s.CustomObjectsApi;

  before(async () => {
    remedied = await RemediedStack.start();
    ({ stack } = remedied);
    core = stack.kube(k8s.CoreV1Api);
    custom = stack.kube(k8s.CustomObjectsApi);
  });
  after(() => remedied.stop());

  const follow: RemediedStack["follow"] = (...args) => remedied.follow(...args);

  /** Runs statements in the sandbox's PostgreSQL as its administrator. */
  const sql = async (...statements: string[]) => {
    const port = stack.ports["postgres"] ?? 0;
    const password = stack.postgresPassword;
    const client = new Client({ host: "127.0.0.1", port, user: "postgres", password });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  const vaultDelete = async (apiPath: string) => {
    const { VAULT_ADDR = "", VAULT_TOKEN = "" } = stack.env;
    const headers = { "X-Vault-Token": VAULT_TOKEN };
    const response = await fetch(`${VAULT_ADDR}/v1/${apiPath}`, { method: "DELETE", headers });
    assert.ok(response.ok, `${apiPath}: ${String(response.status)}`);
  };
  const readData = async (apiPath: string) => (await stack.vault(apiPath))["data"] as object;
  const scale = (plural: "deployments" | "statefulsets", name: string) =>
    custom.patchNamespacedCustomObjectScale(
      {
        ...{ group: "apps", version: "v1", plural, ...inNamespace(name) },
        body: { spec: { replicas: 0 } },
      },
      mergePatch,
    );
  const deleteRole = (name: string) =>
    custom.deleteNamespacedCustomObject({
      ...TELEPORT,
      ...{ version: "v1", plural: "teleportrolesv7", name },
    });

  describe("before the first deployment", () => {
    it("delete an unused policy and role with this stack's name", async () => {
      await stack.vault(POLICY, { policy: 'path "secret/*" { capabilities = ["read"] }' });
      await stack.vault("auth/kubernetes/role/teleport-sandbox", {
        bound_service_account_names: "default",
        bound_service_account_namespaces: "default",
      });
      await follow(["vault.owner"], { flags: ["--before"], pick: [0, 1] });
    });

    it("create a path with its keys", async () => {
      const values = await readData("secret/data/teleport/agent");
      await vaultDelete("secret/metadata/teleport/agent");
      const texts = ["dXNlcjpwYXNz", "a token"];
      const commands = await follow(["vault.keys"], { flags: ["--before"], texts });
      assert.equal(commands.length, 2);
      const written = Object.values(await readData("secret/data/teleport/agent"));
      assert.deepEqual(
        written.sort(),
        [...texts].sort(),
        "the path does not have the typed values",
      );
      await stack.vault("secret/data/teleport/agent", { data: values });
    });

    it("create the namespace of a binding", async () => {
      stack.change((config) => {
        const bindings = [{ group: "developers", clusterRole: "edit", namespace: "dev" }];
        config["access-plane:rbac"] = { bindings };
      });
      await follow(["kubernetes.namespaces"], { flags: ["--before"] });
    });
  });

  describe("of a deployed plane", () => {
    before(() => stack.up());

    it("add a key to a path", async () => {
      const data = { "openclaw-gateway-token": "a token" };
      await stack.vault("secret/data/teleport/agent", { data });
      await follow(["vault.keys"], { texts: ["dXNlcjpwYXNz"] });
    });

    it("deliver a Secret that the operator retries later", async () => {
      const values = await readData("secret/data/teleport/agent");
      const { policy } = await stack.vault(POLICY);
      await stack.vault(POLICY, {
        policy: 'path "secret/data/infra-db/teleport" { capabilities = ["read"] }',
      });
      await stack.vault("secret/data/teleport/agent", {
        data: { ...values, "zot-basic-auth": "bmV3OnBhc3M=" },
      });
      // The operator's retry delays grow, and continue after it may read again.
      await follow(["secrets.synced"], { end: () => stack.vault(POLICY, { policy }) });
    });

    it("write PostgreSQL's password into Vault", async () => {
      const password = randomBytes(12).toString("hex");
      await sql(`ALTER ROLE teleport PASSWORD '${password}'`);
      await follow(["database.login"], { pick: [0], texts: [password] });
    });

    it("restore Teleport's role and databases", async function () {
      if (spawnSync("psql", ["--version"]).status !== 0) {
        console.log("      skipped: psql is not installed");
        this.skip();
      }
      await sql("ALTER ROLE teleport NOREPLICATION");
      await follow(["database.replication"], { pick: [0] });
      await sql("DROP DATABASE teleport_audit WITH (FORCE)");
      await follow(["database.databases"]);
      const slots = Array.from({ length: 9 }, (_, index) => `left_${String(index)}`);
      await sql(...slots.map((slot) => `SELECT pg_create_physical_replication_slot('${slot}')`));
      await follow(["database.slots"], { fill: { NAME: "left_8" } });
      await sql(...slots.slice(0, -1).map((slot) => `SELECT pg_drop_replication_slot('${slot}')`));
    });

    it("create a Secret that the settings name", async () => {
      const settings = fs.readFileSync(stack.configFile, "utf8");
      const file = path.join(stack.stateDir, "authorities.pem");
      const { data = {} } = await core.readNamespacedSecret(inNamespace("infra-db-ca"));
      fs.writeFileSync(file, Buffer.from(data["ca.crt"] ?? "", "base64"));
      stack.change((config) => {
        (config["access-plane:database"] as Record<string, unknown>)["caSecret"] = {
          name: "other",
        };
      });
      try {
        await follow(["kubernetes.secrets"], { fill: { FILE: file } });
        await core.patchNamespacedSecret(
          { ...inNamespace("other"), body: { data: { "ca.crt": null } } },
          mergePatch,
        );
        await follow(["kubernetes.secrets"], { fill: { FILE: file } });
      } finally {
        fs.writeFileSync(stack.configFile, settings);
      }
    });

    it("scale workloads back", async () => {
      await scale("deployments", "teleport-proxy");
      await scale("statefulsets", "teleport-agent");
      const commands = await follow(["cluster.deployments", "agent.statefulset"]);
      assert.equal(commands.length, 2);
    });

    it("create a deleted object of a release again", async () => {
      await core.deleteNamespacedConfigMap(inNamespace("teleport-proxy"));
      await follow(["release.objects"]);
    });

    it("start the operator again, which finishes the deletion of a role", async () => {
      await scale("deployments", "teleport-operator");
      await eventually(async () => {
        const apps = stack.kube(k8s.AppsV1Api);
        const { status } = await apps.readNamespacedDeployment(inNamespace("teleport-operator"));
        assert.equal(status?.readyReplicas ?? 0, 0);
      });
      await deleteRole("kube-admin");
      await sleep(61_000);
      await follow(["cluster.deployments", "resources.deletion"]);
    });

    it("revert deletions and edits in the cluster, Vault and AWS with one update", async () => {
      const token = { version: "v2", plural: "teleportprovisiontokens", name: "teleport-agent" };
      await custom.deleteNamespacedCustomObject({ ...TELEPORT, ...token });
      const policy = 'path "secret/data/*" { capabilities = ["read"] }';
      await stack.vault(POLICY, { policy });
      await breakAws(stack.env);
      // The role has been missing since the operator finished its deletion.
      const checks = [
        ...["resources.role", "resources.token", "vault.access", "dns.records"],
        ...["exposure.listener", "exposure.security-groups", "drift.none"],
      ];
      const commands = await follow(checks);
      assert.equal(commands.filter((command) => UP.test(command)).length, 1, commands.join("\n"));
    });

    it("enable Vault's Kubernetes login again", async () => {
      const config = await stack.vault("auth/kubernetes/config");
      await vaultDelete("sys/auth/kubernetes");
      const HOST = String(config["kubernetes_host"]).replace("https://", "");
      const FILE = path.join(stack.stateDir, "cluster-ca.pem");
      fs.writeFileSync(FILE, String(config["kubernetes_ca_cert"]));
      await follow(["vault.login"], { pick: [0, 2], fill: { HOST, FILE } });
    });
  });
});

/** Deletes the record of the apex, the listener, and the load balancer's ingress rule. */
async function breakAws(env: NodeJS.ProcessEnv): Promise<void> {
  const dns = new Route53Client(awsConfig(env));
  const { HostedZones = [] } = await dns.send(new ListHostedZonesCommand({}));
  const HostedZoneId = HostedZones.find(({ Name }) => Name === "lumie-infra.com.")?.Id ?? "";
  const { ResourceRecordSets = [] } = await dns.send(
    new ListResourceRecordSetsCommand({ HostedZoneId }),
  );
  const apex = ResourceRecordSets.find(({ Type }) => Type === "A");
  assert.ok(apex !== undefined);
  await dns.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId,
      ChangeBatch: { Changes: [{ Action: "DELETE", ResourceRecordSet: apex }] },
    }),
  );
  const elb = new ElasticLoadBalancingV2Client(awsConfig(env));
  const { LoadBalancers: [balancer] = [] } = await elb.send(
    new DescribeLoadBalancersCommand({ Names: ["teleport"] }),
  );
  const { Listeners: [listener] = [] } = await elb.send(
    new DescribeListenersCommand({ LoadBalancerArn: balancer?.LoadBalancerArn }),
  );
  assert.ok(listener !== undefined);
  await elb.send(new DeleteListenerCommand({ ListenerArn: listener.ListenerArn }));
  const ec2 = new EC2Client(awsConfig(env));
  await ec2.send(
    new RevokeSecurityGroupIngressCommand({
      GroupId: balancer?.SecurityGroups?.[0],
      IpPermissions: [
        { IpProtocol: "tcp", FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
      ],
    }),
  );
}
