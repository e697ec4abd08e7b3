import * as assert from "node:assert/strict";
import * as path from "node:path";
import { findLoadBalancer } from "../../operations/adopt/find-load-balancer";
import { AwsLookup } from "../../operations/kinds/aws-lookup";
import { awsFinder } from "../../operations/kinds/find";
import { startAwsEmulator, type AwsEmulator } from "./aws-emulator";
import { awsOf, changeNames, installLoadBalancer, type Aws } from "./plain-load-balancer";
import type { FoundLoadBalancer } from "../../operations/kinds/found-load-balancer";
import type { Finder } from "../../operations/kinds/find";

const ROOT = path.resolve(__dirname, "../..");
const REGION = "eu-central-1";
const CLUSTER = "lumie-infra.com";
const NODE_PORT = 30444;
/** The emulator creates this bucket. */
const BUCKET = "lumie-teleport-recordings";

/** The part of `sandbox/` that creates the sandbox's AWS account. */
interface AccountModule {
  account: { run(sandbox: { ports: { aws: number }; secrets: object }): Promise<void> };
}

/** Tests how recovery and adoption find resources in AWS, with the real SDK and the emulator. */
describe("the search for a load balancer in AWS", () => {
  let emulator: AwsEmulator;
  let endpoint: string;
  let aws: Aws;
  let finder: Finder;
  let found: FoundLoadBalancer;
  const environment = { ...process.env };

  before(async () => {
    emulator = await startAwsEmulator(REGION);
    ({ endpoint } = emulator);
    Object.assign(process.env, emulator.env);
    const module = path.join(ROOT, "sandbox/src/run/parts/aws.ts");
    const { account } = (await import(module)) as AccountModule;
    const secrets = { awsAccessKeyId: "test", awsSecretAccessKey: "test" };
    await account.run({ ports: { aws: emulator.port }, secrets });
    aws = awsOf(process.env);
    finder = awsFinder(new AwsLookup({ region: REGION, endpoint }));
  });
  after(async () => {
    process.env = environment;
    await emulator.stop();
  });

  const findIt = (nodePort = NODE_PORT) =>
    findLoadBalancer({ region: REGION, endpoint }, CLUSTER, nodePort);
  const look = async (type: string, inputs: Record<string, unknown>) => {
    const it = await finder({ urn: `urn:pulumi:s::p::${type}::it`, type, inputs });
    return it?.state === "exists" ? it.id : it?.state;
  };

  it("selects one of two load balancers by the plane's DNS name, or refuses to guess", async () => {
    assert.equal(await findIt(), undefined);
    const [balancer] = await Promise.all([
      installLoadBalancer(aws, "by-hand", NODE_PORT),
      installLoadBalancer(aws, "by-hand-old", NODE_PORT),
    ]);
    await assert.rejects(findIt(), /in 2 ways.*by-hand → by-hand-30444.*alias of the right/);
    await changeNames(aws, "CREATE", [CLUSTER, `*.${CLUSTER}`], balancer);
    const it = await findIt();
    assert.ok(it !== undefined);
    found = it;
    assert.equal(found.loadBalancer.LoadBalancerArn, balancer?.LoadBalancerArn);
    assert.equal(found.targetGroup?.TargetGroupName, "by-hand-30444");
    assert.deepEqual(found.named, { name: "by-hand", description: "Made as by-hand" });
    assert.deepEqual([found.instances.length, found.rules.length], [2, 4]);
    assert.deepEqual(found.zone?.records, [CLUSTER, `*.${CLUSTER}`]);
    assert.equal(await findIt(NODE_PORT + 1), undefined);
  });

  it("finds each part by its name in the program, and reports a missing part as absent", async () => {
    const { LoadBalancerArn: loadBalancerArn, VpcId: vpcId } = found.loadBalancer;
    const { targetGroup, listenerArn, securityGroup, zone } = found;
    const record = { zoneId: zone?.id, name: `*.${CLUSTER}`, type: "A" };
    const recordId = `${zone?.id ?? ""}_*.${CLUSTER}_A`;
    const cases: [type: string, there: object, other: object, id: string | undefined][] = [
      ["lb/loadBalancer:LoadBalancer", { name: "by-hand" }, { name: "no" }, loadBalancerArn],
      [
        "lb/targetGroup:TargetGroup",
        { name: "by-hand-30444" },
        { name: "no" },
        targetGroup?.TargetGroupArn,
      ],
      ["lb/listener:Listener", { loadBalancerArn, port: 443 }, { port: 444 }, listenerArn],
      [
        "ec2/securityGroup:SecurityGroup",
        { name: "by-hand", vpcId },
        { name: "no" },
        securityGroup,
      ],
      ["route53/record:Record", record, { name: `x.${CLUSTER}` }, recordId],
      ["s3/bucket:Bucket", { bucket: BUCKET }, { bucket: "no-such-bucket" }, BUCKET],
    ];
    for (const [type, there, other, id] of cases) {
      assert.equal(await look(`aws:${type}`, { ...there }), id, type);
      assert.equal(await look(`aws:${type}`, { ...there, ...other }), "absent", type);
    }
    const gone = `${loadBalancerArn ?? ""}0`;
    assert.equal(
      await look("aws:lb/listener:Listener", { loadBalancerArn: gone, port: 443 }),
      "absent",
    );
    assert.equal(await look("aws:iam/role:Role", {}), undefined);
  });

  it("distinguishes rules of a security group by direction, port and peer", async () => {
    for (const rule of found.rules) {
      const type = rule.IsEgress === true ? "EgressRule" : "IngressRule";
      const inputs = {
        securityGroupId: rule.GroupId,
        fromPort: rule.FromPort,
        toPort: rule.ToPort,
        cidrIpv4: rule.CidrIpv4,
        cidrIpv6: rule.CidrIpv6,
        referencedSecurityGroupId: rule.ReferencedGroupInfo?.GroupId,
      };
      const other = type === "EgressRule" ? "IngressRule" : "EgressRule";
      const lookFor = (kind: string, changed: object = {}) =>
        look(`aws:vpc/securityGroup${kind}:SecurityGroup${kind}`, { ...inputs, ...changed });
      assert.equal(await lookFor(type), rule.SecurityGroupRuleId);
      assert.equal(await lookFor(other), "absent");
      assert.equal(await lookFor(type, { fromPort: 1 }), "absent");
      assert.equal(await lookFor(type, { cidrIpv4: "10.9.8.0/24" }), "absent");
    }
  });

  it("does not treat a failure as a missing resource", async () => {
    const nobody = awsFinder(new AwsLookup({ region: REGION, endpoint: "http://127.0.0.1:1" }));
    await assert.rejects(
      nobody({ urn: "u", type: "aws:lb/loadBalancer:LoadBalancer", inputs: { name: "by-hand" } }),
    );
  });
});
