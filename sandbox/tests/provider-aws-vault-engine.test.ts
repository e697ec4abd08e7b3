/** Runs a Pulumi program with the aws and vault stand-ins through the CLI. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { providers } from "../src/setup/catalogue.ts";
import { installStandIn } from "../src/setup/plugins.ts";
import { toolPath } from "../src/setup/tools.ts";
import { answering, freePort, Process, temporary } from "./provider-tables-support.ts";

const ROOT = "test-root";
const PASSWORD = "engine-test-password";
const repository = fileURLToPath(new URL("../../", import.meta.url));

/**
 * The environment holds the settings, so that one program serves all steps. Like the real program, it loads only the
 * parts of the SDKs that it uses, and caches the code that V8 compiled.
 */
const PROGRAM = `
require(${JSON.stringify(join(repository, "bin/typescript.cjs"))});
const pulumi = require("@pulumi/pulumi");
const aws = {
  ...require("@pulumi/aws/provider"),
  ec2: { ...require("@pulumi/aws/ec2/getSubnets"), ...require("@pulumi/aws/ec2/securityGroup") },
  lb: {
    ...require("@pulumi/aws/lb/listener"),
    ...require("@pulumi/aws/lb/loadBalancer"),
    ...require("@pulumi/aws/lb/targetGroup"),
  },
  route53: { ...require("@pulumi/aws/route53/getZone"), ...require("@pulumi/aws/route53/record") },
  vpc: require("@pulumi/aws/vpc/securityGroupIngressRule"),
};
const vault = {
  ...require("@pulumi/vault/policy"),
  ...require("@pulumi/vault/provider"),
  kv: require("@pulumi/vault/kv/secretV2"),
};
const s = JSON.parse(process.env.SETTINGS);
const cloud = new aws.Provider("cloud", {
  region: "eu-central-1",
  endpoints: [{ ec2: s.aws, elbv2: s.aws, route53: s.aws, sts: s.aws }],
  accessKey: "test", secretKey: "test", defaultTags: { tags: { owner: s.owner } },
});
const a = { provider: cloud };
const subnets = aws.ec2.getSubnetsOutput({ filters: [{ name: "vpc-id", values: [s.vpcId] }] }, a);
const zone = aws.route53.getZoneOutput({ name: "example.org" }, a);
const group = new aws.ec2.SecurityGroup("nlb", { vpcId: s.vpcId, description: "nlb" }, a);
const rule = new aws.vpc.SecurityGroupIngressRule("clients", {
  securityGroupId: group.id, ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIpv4: s.cidr,
}, a);
const lb = new aws.lb.LoadBalancer("teleport", {
  loadBalancerType: "network", internal: true, subnets: subnets.ids, securityGroups: [group.id],
  enableCrossZoneLoadBalancing: true,
}, a);
const tg = new aws.lb.TargetGroup("proxies", {
  port: s.port, protocol: "TCP", vpcId: s.vpcId, preserveClientIp: "true", deregistrationDelay: 60,
  healthCheck: { protocol: "TCP", interval: 10 },
}, a);
const listener = new aws.lb.Listener("https", {
  loadBalancerArn: lb.arn, port: 443, protocol: "TCP",
  defaultActions: [{ type: "forward", targetGroupArn: tg.arn }],
}, a);
const record = new aws.route53.Record("wildcard", {
  zoneId: zone.zoneId, name: "*.example.org", type: "A",
  aliases: [{ name: lb.dnsName, zoneId: lb.zoneId, evaluateTargetHealth: true }],
}, a);
const store = new vault.Provider("store", { address: s.vault, token: s.token });
const v = { provider: store };
const secret = new vault.kv.SecretV2("db", {
  mount: "secret", name: "teleport/db",
  dataJson: pulumi.secret(JSON.stringify({ password: s.password })), deleteAllVersions: true,
}, v);
const policy = new vault.Policy("read", {
  name: s.policyName,
  policy: pulumi.interpolate\`path "\${secret.path}" { capabilities = ["read"] }\`,
}, { ...v, ...(s.adopt ? { import: s.policyName } : {}) });
module.exports = {
  dnsName: lb.dnsName, targetGroup: tg.arn, fqdn: record.fqdn, listener: listener.arn,
  password: secret.data.apply((data) => data && data.password), policy: policy.name, rule: rule.id,
};
`;

const PROJECT = `
name: tables
runtime:
  name: nodejs
  options:
    typescript: false
main: index.js
`;

interface Ran {
  code: number;
  text: string;
}

describe("aws and vault stand-ins under the Pulumi engine", function () {
  this.timeout(300_000);
  const servers: Process[] = [];
  const folder = temporary();
  let awsUrl: string;
  let vaultUrl: string;
  let settings: Record<string, unknown>;
  const client = () => ({
    region: "eu-central-1",
    endpoint: awsUrl,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });

  before(async () => {
    const [awsPort, vaultPort] = [await freePort(), await freePort()];
    awsUrl = `http://127.0.0.1:${awsPort}`;
    vaultUrl = `http://127.0.0.1:${vaultPort}`;
    const moto = ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(awsPort)];
    const dev = ["-dev", "-dev-no-store-token", `-dev-root-token-id=${ROOT}`];
    servers.push(
      new Process(toolPath("moto-python"), moto),
      new Process(toolPath("vault"), [
        "server",
        ...dev,
        `-dev-listen-address=127.0.0.1:${vaultPort}`,
      ]),
    );
    await answering(awsUrl, servers[0]!);
    await answering(`${vaultUrl}/v1/sys/health`, servers[1]!);
    const ec2 = new EC2Client(client());
    const vpc = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
    const VpcId = vpc.Vpc!.VpcId!;
    await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: "10.0.1.0/24" }));
    await new Route53Client(client()).send(
      new CreateHostedZoneCommand({ Name: "example.org", CallerReference: "1" }),
    );
    settings = {
      aws: awsUrl,
      vault: vaultUrl,
      token: ROOT,
      vpcId: VpcId,
      owner: "platform",
      cidr: "10.0.0.0/8",
      port: 30443,
      password: PASSWORD,
      policyName: "teleport-read",
    };
    await project();
  });
  after(async () => {
    for (const server of servers) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Writes the project and its backend folder, and installs the plugins where the CLI finds them. */
  async function project(): Promise<void> {
    writeFileSync(join(folder, "Pulumi.yaml"), PROJECT);
    writeFileSync(join(folder, "package.json"), '{"name":"tables","private":true}\n');
    writeFileSync(join(folder, "index.js"), PROGRAM);
    symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
    mkdirSync(join(folder, "state"));
    for (const name of ["aws", "vault"] as const) {
      const directory = `resource-${name}-v${providers[name]}`;
      await installStandIn(name, join(folder, "home", "plugins", directory));
    }
  }

  function pulumi(...args: string[]): Promise<Ran> {
    const bins = [process.execPath, toolPath("pulumi"), toolPath("pulumi-language-nodejs")];
    const env = {
      ...process.env,
      PATH: [...bins.map((file) => dirname(file)), process.env["PATH"]].join(delimiter),
      PULUMI_HOME: join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      SETTINGS: JSON.stringify(settings),
    };
    return new Promise((resolve) => {
      const options = { cwd: folder, env, maxBuffer: 1 << 26, timeout: 240_000 };
      execFile(
        toolPath("pulumi"),
        [...args, "--non-interactive"],
        options,
        (error, stdout, stderr) => {
          const code = error ? (typeof error.code === "number" ? error.code : 1) : 0;
          resolve({ code, text: stdout + stderr });
        },
      );
    });
  }

  async function ok(...args: string[]): Promise<string> {
    const { code, text } = await pulumi(...args);
    assert.equal(code, 0, `pulumi ${args.join(" ")}:\n${text}`);
    return text;
  }
  const up = (...args: string[]) => ok("up", "--yes", "--skip-preview", ...args);
  const unchanged = (...args: string[]) => ok("preview", "--expect-no-changes", ...args);
  const outputs = async () =>
    JSON.parse(await ok("stack", "output", "--json", "--show-secrets")) as Record<string, string>;

  it("preview unknown values, create resources, and then find no changes", async () => {
    await ok("stack", "init", "test");
    const preview = await ok("preview", "--diff");
    assert.match(preview, /\+ 11 to create|\+ 1[0-9] to create/);
    assert.doesNotMatch(preview, new RegExp(PASSWORD));
    await up();
    await unchanged("--refresh");
    const found = await outputs();
    assert.match(found["dnsName"]!, /elb/);
    assert.equal(found["fqdn"], "*.example.org");
    assert.equal(found["password"], PASSWORD);
  });

  it("keep secrets encrypted in the state", async () => {
    const state = await ok("stack", "export");
    assert.doesNotMatch(state, new RegExp(PASSWORD));
    const shown = await ok("stack", "output", "--json");
    assert.doesNotMatch(shown, new RegExp(PASSWORD));
  });

  it("update in place if possible, and otherwise replace", async () => {
    const before = await outputs();
    settings["cidr"] = "10.1.0.0/16";
    settings["owner"] = "access";
    settings["password"] = `${PASSWORD}-2`;
    assert.match(await up(), /~ [1-9]\d* updated/);
    const after = await outputs();
    assert.equal(after["rule"], before["rule"]);
    assert.equal(after["dnsName"], before["dnsName"]);
    assert.equal(after["password"], `${PASSWORD}-2`);

    settings["port"] = 30444;
    const text = await up();
    assert.match(text, /\+-1 replaced/);
    const replaced = await outputs();
    assert.notEqual(replaced["targetGroup"], before["targetGroup"]);
    assert.equal(replaced["listener"], before["listener"]);
    await unchanged("--refresh");
  });

  it("detect manual changes and revert them", async () => {
    const { targetGroup, rule } = await outputs();
    await new ElasticLoadBalancingV2Client(client()).send(
      new ModifyTargetGroupAttributesCommand({
        TargetGroupArn: targetGroup,
        Attributes: [{ Key: "preserve_client_ip.enabled", Value: "false" }],
      }),
    );
    await fetch(`${vaultUrl}/v1/secret/data/teleport/db`, {
      method: "PUT",
      headers: { "X-Vault-Token": ROOT },
      body: JSON.stringify({ data: { password: "by hand" } }),
    });
    await fetch(`${vaultUrl}/v1/sys/policies/acl/teleport-read`, {
      method: "DELETE",
      headers: { "X-Vault-Token": ROOT },
    });
    const seen = await pulumi("preview", "--refresh", "--expect-no-changes");
    assert.notEqual(seen.code, 0, seen.text);
    const text = await up("--refresh");
    assert.match(text, /\+ 1 created/);
    assert.match(text, /~ 2 updated/);
    const after = await outputs();
    assert.equal(after["rule"], rule);
    assert.equal(after["password"], `${PASSWORD}-2`);
    await unchanged("--refresh");
  });

  it("import existing resources, and correct differences", async () => {
    await fetch(`${vaultUrl}/v1/sys/policies/acl/adopted`, {
      method: "PUT",
      headers: { "X-Vault-Token": ROOT },
      body: JSON.stringify({ policy: 'path "x" { capabilities = ["read"] }' }),
    });
    Object.assign(settings, { policyName: "adopted", adopt: true });
    const text = await up();
    assert.match(text, /imported/);
    assert.match(text, /~ 1 updated/, "the update corrects the difference after the import");
    assert.equal((await outputs())["policy"], "adopted");
    await unchanged("--refresh");
  });

  it("destroy everything", async () => {
    await ok("destroy", "--yes", "--skip-preview");
    const stack = JSON.parse(await ok("stack", "export")) as {
      deployment: { resources?: unknown[] };
    };
    assert.equal(stack.deployment.resources?.length ?? 0, 0);
    const left = await fetch(`${vaultUrl}/v1/secret/metadata/teleport/db`, {
      headers: { "X-Vault-Token": ROOT },
    });
    assert.equal(left.status, 404);
  });
});
