import * as assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DescribeLoadBalancersCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  DescribePodIdentityAssociationCommand,
  EKSClient,
  ListPodIdentityAssociationsCommand,
} from "@aws-sdk/client-eks";
import { ListHostedZonesCommand, ListResourceRecordSetsCommand } from "@aws-sdk/client-route-53";
import * as k8s from "@kubernetes/client-node";
import pg from "pg";
import { freePort } from "../free-port";
import { awsConfig } from "./aws-config";
import { bash, filledIn, shellBlocks } from "./document";
import { linkedProject } from "./linked-project";
import { paste } from "./paste";
import { awsOf } from "./plain-load-balancer";
import { EngineStack } from "./stack";

const ROOT = path.resolve(__dirname, "../..");
const FILE = path.join(ROOT, "docs/disaster.md");
const DATABASES = ["teleport", "teleport_audit"];
const ROWS = 200;
const TOOLS = ["aws", "jq", "kubectl", "pg_dump"];

/** How a VaultAuth logs in. */
interface Login {
  role: string;
  serviceAccount: string;
  audiences: string[];
}

/** Runs the document's own commands with the names of this stack. */
describe("docs/disaster.md, pasted into a shell", function () {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-disaster-"));
  let project: string;
  let stack: EngineStack;
  let env: NodeJS.ProcessEnv;

  before(async function () {
    const missing = TOOLS.filter((tool) => spawnSync(tool, ["--version"]).error !== undefined);
    if (missing.length > 0) {
      process.stdout.write(`      skipped, not installed: ${missing.join(", ")}\n`);
      this.skip();
    }
    project = linkedProject();
    const file = path.join(project, "Pulumi.sandbox.yaml");
    fs.copyFileSync(path.join(ROOT, "Pulumi.sandbox.yaml"), file); // with its salt
    stack = await EngineStack.start(project);
    fs.rmSync(file);
    fs.symlinkSync(stack.configFile, file);
    stack.change((config) => {
      config["access-plane:agents"] = {};
    });
    await stack.up();
    env = {
      ...stack.env,
      ...{ HOME: folder, EDITOR: "true", AWS_DEFAULT_REGION: stack.env["AWS_REGION"] },
      PGPORT: String(stack.ports["postgres"]),
    };
  });
  after(async () => {
    await (stack as EngineStack | undefined)?.stop();
    for (const left of [folder, project]) fs.rmSync(left, { recursive: true, force: true });
  });

  const query = async (database: string, text: string) => {
    const client = new pg.Client({
      ...{ host: "127.0.0.1", port: stack.ports["postgres"], database },
      ...{ user: "postgres", password: stack.postgresPassword },
    });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  };
  const OWN = { "bin/access-plane ": "bin/access-plane -C . ", "--stack prod": "--stack sandbox" };
  const shell = (commands: string, input?: string) => bash(commands, { cwd: project, env, input });

  describe("the database is lost", () => {
    const blocks = () => shellBlocks(FILE, "The database is lost");
    const password = () => `${stack.postgresPassword}\n`;
    const rows = () =>
      Promise.all(DATABASES.map((name) => query(name, "select * from kv order by key")));
    let kept: Awaited<ReturnType<typeof rows>>;

    it("pg_dump backs up the databases while the plane runs", async () => {
      for (const name of DATABASES) {
        await query(
          name,
          "create table kv (key int primary key, value text); alter table kv owner to teleport;" +
            `insert into kv select i, md5(i::text) from generate_series(1, ${String(ROWS)}) i`,
        );
      }
      kept = await rows();
      const block = filledIn(shellBlocks(FILE, "Back up"), "pg_dump", {
        "infra-db.example.com": "127.0.0.1",
        "--stack prod": "--stack sandbox",
        // The sandbox's Vault does not use integrated storage. A later test starts one that does.
        'vault operator raft snapshot save "$BACKUP/vault.snap"': "true",
      });
      const printed = await shell(block, password());
      for (const name of DATABASES) assert.match(printed, new RegExp(`${name} can be read`));
      const [made = ""] = fs.readdirSync(folder).filter((name) => name.startsWith("access-plane-"));
      env["BACKUP"] = path.join(folder, made);
      assert.equal(fs.statSync(env["BACKUP"]).mode & 0o777, 0o700);
      const state = fs.readFileSync(path.join(env["BACKUP"], "state.json"), "utf8");
      assert.match(state, /"deployment"/);
    });

    it("the dumps restore the databases and their role while the plane is scaled to zero", async () => {
      await shell(filledIn(blocks(), "--replicas 0"));
      for (const name of DATABASES) await query("postgres", `drop database ${name} with (force)`);
      await query("postgres", "drop owned by teleport");
      await query("postgres", "drop role teleport");
      const restore = filledIn(blocks(), "CREATE ROLE", {
        NEW: "127.0.0.1",
        FOLDER: env["BACKUP"] ?? "",
      });
      await shell(restore, password());
      assert.deepEqual(await rows(), kept);
      await paste(filledIn(blocks(), "--replicas 2", OWN), { cwd: project, env });
      const checks = filledIn(blocks(), "verify --stack", OWN);
      assert.match(await shell(checks), /✓ database\.login/);
      await stack.expect(0, "preview", "--refresh", "--expect-no-changes");
    });

    it("RDS creates a snapshot, and restores a point in time", async () => {
      await shell(`aws rds create-db-parameter-group --db-parameter-group-name access-plane \
          --db-parameter-group-family postgres17 --description plane
        aws rds create-db-subnet-group --db-subnet-group-name access-plane \
          --db-subnet-group-description plane --subnet-ids \
          $(aws ec2 describe-subnets --query 'Subnets[].SubnetId' --output text)
        aws rds create-db-instance --db-instance-identifier access-plane --engine postgres \
          --db-instance-class db.t4g.medium --allocated-storage 20 --master-username postgres \
          --manage-master-user-password --db-subnet-group-name access-plane --vpc-security-group-ids \
          $(aws ec2 describe-security-groups --query 'SecurityGroups[0].GroupId' --output text)`);
      await shell(filledIn(shellBlocks(FILE, "Back up"), "create-db-snapshot"));
      await shell(filledIn(blocks(), "restore-db-instance-to-point-in-time"));
      const describe = "aws rds describe-db-instances --query";
      const query = "'DBInstances[].[DBInstanceIdentifier, DBInstanceStatus]' --output text";
      const seen = await shell(`${describe} ${query}; aws rds describe-db-snapshots --output text`);
      assert.match(seen, /access-plane-restored\s+available/);
      assert.match(seen, /access-plane-\d{4}-\d\d-\d\d/);
    });
  });

  describe("the cluster is lost", () => {
    const blocks = () => shellBlocks(FILE, "The cluster is lost");

    it("a Vault outside of the cluster trusts the new cluster", async () => {
      const { items } = (await stack.kube(k8s.CustomObjectsApi).listNamespacedCustomObject({
        ...{ group: "secrets.hashicorp.com", version: "v1beta1" },
        ...{ namespace: "teleport", plural: "vaultauths" },
      })) as { items: { spec: { kubernetes: Login } }[] };
      const { role, serviceAccount: name, audiences } = items[0]!.spec.kubernetes;
      const { status } = await stack.kube(k8s.CoreV1Api).createNamespacedServiceAccountToken({
        ...{ name, namespace: "teleport", body: { spec: { audiences } } },
      });
      const login = () => stack.vault("auth/kubernetes/login", { role, jwt: status?.token });
      await login();
      // Like the address of a lost cluster: nothing answers.
      await stack.vault("auth/kubernetes/config", {
        ...{ kubernetes_host: "https://127.0.0.1:1", kubernetes_ca_cert: "" },
        ...{ token_reviewer_jwt: "", disable_local_ca_jwt: true },
      });
      await assert.rejects(login());
      await shell(filledIn(blocks(), "token_reviewer_jwt"));
      await login();
    });

    it("the new cluster's auth pods get the old cluster's role through Pod Identity", async () => {
      const guide = path.join(ROOT, "docs/first-deployment.md");
      const [giveRole] = /^pod_identity\(\).*?^\}$/ms.exec(fs.readFileSync(guide, "utf8")) ?? [];
      assert.ok(giveRole !== undefined);
      const bucket = shellBlocks(guide, "6. Bucket for recordings");
      await shell(`for cluster in old NEW; do
          aws eks create-cluster --name $cluster --role-arn arn:aws:iam::123456789012:role/eks \
            --resources-vpc-config subnetIds=$(aws ec2 describe-subnets \
              --query 'join(\`,\`, Subnets[].SubnetId)' --output text)
        done
        export EKS_CLUSTER=old AWS_ACCOUNT_ID=123456789012 RECORDINGS_BUCKET=of-the-guide
        ${[giveRole, ...bucket].join("\n")}`);
      const kubeconfig = path.join(folder, "new-cluster");
      const block = filledIn(blocks(), "update-kubeconfig", {
        // The emulator does not support add-ons.
        "aws eks create-addon": "true",
      });
      await shell(`export KUBECONFIG=${kubeconfig}\n${block}`);
      assert.match(fs.readFileSync(kubeconfig, "utf8"), /name: production/);
      const eks = new EKSClient(awsConfig(stack.env));
      for (const clusterName of ["old", "NEW"]) {
        const { associations: [found] = [] } = await eks.send(
          new ListPodIdentityAssociationsCommand({ clusterName }),
        );
        const { association } = await eks.send(
          new DescribePodIdentityAssociationCommand({
            clusterName,
            associationId: found?.associationId,
          }),
        );
        assert.deepEqual(
          [association?.namespace, association?.serviceAccount, association?.roleArn],
          ["teleport", "teleport", "arn:aws:iam::123456789012:role/teleport-recordings"],
        );
      }
    });

    it("a new Vault restores the data and keys of the old one", async () => {
      const save = filledIn(shellBlocks(FILE, "Back up"), "raft snapshot")
        .split("\n")
        .find((line) => line.includes("raft snapshot"));
      const old = await RaftVault.start(path.join(folder, "vault-1"), env);
      const lost = { ...env, VAULT_ADDR: old.address, VAULT_TOKEN: old.token };
      const run = (commands: string, variables: NodeJS.ProcessEnv) =>
        bash(commands, { cwd: project, env: variables });
      await run("vault secrets enable -path=secret -version=2 kv", lost);
      await run("vault kv put secret/infra-db/teleport username=teleport", lost);
      await run(save ?? "", lost);
      await old.stop();
      const fresh = await RaftVault.start(path.join(folder, "vault-2"), env);
      try {
        const { address: VAULT_ADDR, token: VAULT_TOKEN } = fresh;
        await run(filledIn(blocks(), "raft snapshot"), { ...env, VAULT_ADDR, VAULT_TOKEN });
        await fresh.unseal(old.key);
        const read = "vault kv get -field=username secret/infra-db/teleport";
        assert.equal(await run(read, { ...lost, VAULT_ADDR }), "teleport");
      } finally {
        await fresh.stop();
      }
    });
  });

  describe("the region is lost", () => {
    const blocks = () => shellBlocks(FILE, "The region is lost");

    it("a copy of the stack file describes the plane of the other region", async () => {
      const names = { "Pulumi.prod": "Pulumi.sandbox", ...OWN };
      const plan = await shell(filledIn(blocks(), "sed -i", names));
      assert.match(plan, /LoadBalancer/);
      const copy = fs.readFileSync(path.join(project, "Pulumi.sandbox-west.yaml"), "utf8");
      assert.match(copy, /access-plane:clusterName/);
      assert.doesNotMatch(copy, /encryptionsalt/);
    });

    const records = async () => {
      const { route53 } = awsOf(stack.env);
      const { HostedZones: [zone] = [] } = await route53.send(new ListHostedZonesCommand({}));
      const { ResourceRecordSets: sets = [] } = await route53.send(
        new ListResourceRecordSetsCommand({ HostedZoneId: zone?.Id }),
      );
      return sets.filter(({ Type }) => Type === "A").length;
    };

    it("the commands delete only the records that point to the lost load balancer", async () => {
      assert.equal(await records(), 2);
      const names = {
        "teleport.example.com": "lumie-infra.com",
        "ZONE=example.com": "ZONE=lumie-infra.com",
      };
      await shell(filledIn(blocks(), "change-resource-record-sets", names));
      assert.equal(await records(), 0);
    });

    it("the commands remove the old stack, and delete its load balancer", async () => {
      const [look = "", ...rest] = filledIn(blocks(), "--show-urns", {
        "--stack prod": "--stack sandbox",
      }).split(/(?<=\n)(?=pulumi state|aws|pulumi stack rm)/);
      const shown = await shell(look);
      const urns = [...shown.matchAll(/urn:pulumi:\S+route53\/record:Record::\S+/g)].map(String);
      const [arn = ""] = /arn:aws:elasticloadbalancing:\S+/.exec(shown) ?? [];
      assert.equal(urns.length, 2, shown);
      const [forget = "", ...others] = rest;
      for (const urn of urns) await shell(forget.replace("URN", urn));
      for (const command of others) {
        await shell(command.replace("OLD", "eu-central-1").replace("ARN", arn));
      }
      const { LoadBalancers = [] } = await awsOf(stack.env).elb.send(
        new DescribeLoadBalancersCommand({}),
      );
      assert.deepEqual(LoadBalancers, []);
      await assert.rejects(shell("pulumi stack export --stack sandbox"), /no stack named/);
    });
  });
});

/** An unsealed Vault server with integrated storage. */
class RaftVault {
  private constructor(
    private readonly server: ChildProcess,
    readonly address: string,
    readonly token: string,
    /** Its only unseal key. */
    readonly key: string,
  ) {}

  static async start(folder: string, env: NodeJS.ProcessEnv): Promise<RaftVault> {
    fs.mkdirSync(folder);
    const [port, clusterPort] = [await freePort(), await freePort()];
    const address = `http://127.0.0.1:${String(port)}`;
    const config = path.join(folder, "config.json");
    fs.writeFileSync(
      config,
      JSON.stringify({
        storage: { raft: { path: folder, node_id: "one" } },
        listener: { tcp: { address: `127.0.0.1:${String(port)}`, tls_disable: true } },
        ...{ api_addr: address, cluster_addr: `http://127.0.0.1:${String(clusterPort)}` },
        disable_mlock: true,
      }),
    );
    const server = spawn("vault", ["server", `-config=${config}`], { env, stdio: "ignore" });
    const call = (at: string, body: object) => put(`${address}/v1/${at}`, body);
    for (let tries = 0; ; tries++) {
      const up = await fetch(`${address}/v1/sys/seal-status`).catch(() => undefined);
      if (up !== undefined) break;
      assert.ok(tries < 100, "Vault does not answer");
      await sleep(100);
    }
    const made = await call("sys/init", { secret_shares: 1, secret_threshold: 1 });
    const [key = ""] = made["keys_base64"] as string[];
    const vault = new RaftVault(server, address, String(made["root_token"]), key);
    await vault.unseal(key);
    return vault;
  }

  /** Waits until Vault is sealed, unseals it, and waits until it is active. */
  async unseal(key: string): Promise<void> {
    await this.until(503);
    await put(`${this.address}/v1/sys/unseal`, { key });
    await this.until(200);
  }

  private async until(wanted: number): Promise<void> {
    for (let tries = 0; ; tries++) {
      const { status } = await fetch(`${this.address}/v1/sys/health`);
      if (status === wanted) return;
      assert.ok(tries < 200, `Vault's health status is ${String(status)}, not ${String(wanted)}`);
      await sleep(100);
    }
  }

  async stop(): Promise<void> {
    if (this.server.exitCode !== null) return;
    this.server.kill();
    await new Promise((resolve) => this.server.once("exit", resolve));
  }
}

async function put(url: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(url, { method: "PUT", body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${text}`);
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}
