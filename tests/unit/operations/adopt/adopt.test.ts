import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { gzipSync } from "node:zlib";
import { releaseCommands } from "../../../../operations/base/argo-release";
import { managingText } from "../../../../operations/adopt/argo-applications";
import type { CustomObject } from "../../../../operations/clients/custom-objects";
import { kindOf } from "../../../../operations/kinds";
import { readRelease, type FoundRelease } from "../../../../operations/adopt/helm-releases";
import { impliedSettings } from "../../../../operations/adopt/implied-settings";
import type { PlannedResource } from "../../../../operations/plan/plan-stack";
import { parseSettings } from "../../../../settings/load";
import { recordPlane, stackSettings } from "../../components/mocked-plane";
import type { ExistingPlane } from "../../../../operations/adopt/existing-plane";
import type { FoundLoadBalancer } from "../../../../operations/kinds/found-load-balancer";
import { CHART_VERSION } from "../../../../teleport/versions";

const plan = JSON.parse(
  fs.readFileSync("tests/unit/golden/prod.json", "utf8"),
) as PlannedResource[];

/** Inputs of a planned object. */
function inputs(type: string, name: string): Record<string, unknown> {
  const found = plan.find(
    (resource) => resource.type.endsWith(`:${type}`) && resource.name === name,
  );
  assert.ok(found !== undefined, `${type} ${name}`);
  return found.inputs;
}

const release = (name: string, chart: string): FoundRelease => ({
  namespace: "teleport",
  name,
  chart,
  version: CHART_VERSION,
  status: "deployed",
  values: inputs("Release", name)["values"] as Record<string, unknown>,
});

/** A custom resource as the API server lists it. */
function custom(kind: string, name: string): CustomObject {
  const { metadata, spec } = inputs(kind, name) as Pick<CustomObject, "metadata" | "spec">;
  return { apiVersion: "resources.teleport.dev/v1", kind, metadata, spec };
}

const balancer: FoundLoadBalancer = {
  loadBalancer: {
    LoadBalancerArn: "arn:lb",
    LoadBalancerName: "teleport",
    VpcId: "vpc-0a",
    AvailabilityZones: [{ SubnetId: "subnet-0a" }, { SubnetId: "subnet-0b" }],
  },
  listenerArn: "arn:listener",
  targetGroup: { TargetGroupArn: "arn:group", TargetGroupName: "tg" },
  named: { name: "nlb", description: "Made by hand" },
  instances: ["i-0a"],
  securityGroup: "sg-0a",
  rules: [
    {
      SecurityGroupRuleId: "in",
      GroupId: "sg-0a",
      IsEgress: false,
      FromPort: 443,
      CidrIpv4: "0.0.0.0/0",
    },
    {
      SecurityGroupRuleId: "out",
      GroupId: "sg-0a",
      IsEgress: true,
      FromPort: 30443,
      ReferencedGroupInfo: { GroupId: "sg-0b" },
    },
    {
      SecurityGroupRuleId: "nodes",
      GroupId: "sg-0b",
      IsEgress: false,
      FromPort: 30443,
      ReferencedGroupInfo: { GroupId: "sg-0a" },
    },
  ],
  zone: { id: "Z1", name: "lumie-infra.com", records: ["lumie-infra.com", "*.lumie-infra.com"] },
};

const plane = (): ExistingPlane => ({
  namespace: "teleport",
  context: "lumie",
  cluster: release("teleport", "teleport-cluster"),
  agents: [release("teleport-agent", "teleport-kube-agent")],
  nodePort: 30443,
  certificate: inputs("Certificate", "certificate")["spec"],
  vaultSecrets: [
    inputs("VaultStaticSecret", "database-credentials"),
    inputs("VaultStaticSecret", "teleport-agent-credentials"),
  ],
  resources: [
    custom("TeleportProvisionToken", "teleport-agent-token"),
    custom("TeleportRoleV7", "role-kube-admin"),
  ],
  region: "eu-central-1",
  loadBalancer: balancer,
});

describe("adopting a plane", () => {
  it("derives the same settings that a plane was deployed with", () => {
    const parsed = parseSettings(impliedSettings(plane(), "https://vault.lumie.internal:8200"));
    assert.deepEqual(parsed.problems ?? [], []);
    const was = structuredClone(stackSettings("prod")) as unknown as Record<string, unknown>;
    const is = structuredClone(parsed.settings) as unknown as Record<string, unknown>;
    // Where the settings have tags, adoption derives ids, because a plane does not show the tags of AWS objects.
    for (const settings of [was, is]) {
      delete settings["loadBalancer"];
      delete settings["aws"];
    }
    const sorted = (agents: unknown) => {
      for (const agent of Object.values(
        agents as Record<string, { credentials: { keys: string[] } }>,
      )) {
        agent.credentials.keys.sort();
      }
    };
    sorted(was["agents"]);
    sorted(is["agents"]);
    const { publicAddresses } = is["teleport"] as { publicAddresses: string[] };
    assert.deepEqual(publicAddresses, [
      "lumie-infra.com:443",
      "teleport.teleport.svc.cluster.local:443",
    ]);
    delete (is["teleport"] as Record<string, unknown>)["publicAddresses"];
    assert.deepEqual(is, was);
  });

  it("derives the authority that proxies and auth pods trust in addition to public ones", () => {
    const found = structuredClone(plane());
    const tls = found.cluster.values["tls"] as Record<string, unknown>;
    tls["existingCASecretName"] = "corporate-ca";
    const { certificate } = impliedSettings(found, undefined);
    assert.equal((certificate as { caSecretName?: string }).caSecretName, "corporate-ca");
  });

  it("identifies the load balancer by ids", () => {
    assert.deepEqual(impliedSettings(plane(), undefined)["loadBalancer"], {
      name: "teleport",
      vpc: { id: "vpc-0a" },
      subnets: { ids: ["subnet-0a", "subnet-0b"] },
      allowedCidrs: ["0.0.0.0/0"],
      targets: { instanceIds: ["i-0a"] },
      nodeSecurityGroup: { id: "sg-0b" },
      adopted: { targetGroup: "tg", securityGroup: "nlb", description: "Made by hand" },
      dns: { zone: "lumie-infra.com" },
    });
  });

  it("omits IPv6 networks, and never opens a load balancer to more networks than before", () => {
    const admitted = (...networks: object[]) => {
      const rules = networks.map((network) => ({ GroupId: "sg-0a", IsEgress: false, ...network }));
      const loadBalancer = { ...balancer, rules };
      const implied = impliedSettings({ ...plane(), loadBalancer }, undefined)["loadBalancer"];
      return (implied as { allowedCidrs?: string[] }).allowedCidrs;
    };
    const [office, everywhere] = [{ CidrIpv4: "192.0.2.0/24" }, { CidrIpv6: "::/0" }];
    assert.deepEqual(admitted(office, everywhere), ["192.0.2.0/24"]);
    assert.deepEqual(admitted(everywhere), ["FILL-IN"]);
    assert.deepEqual(admitted({ PrefixListId: "pl-0a" }), ["FILL-IN"]);
  });

  it("declares the existing Teleport resources, without their secrets", () => {
    const object = (kind: string, name: string, spec: object, metadata: object = {}) => ({
      apiVersion: "resources.teleport.dev/v1",
      kind,
      metadata: { name, ...metadata },
      spec,
    });
    const github = { client_id: "id", client_secret: "not-for-settings" };
    const { resources } = impliedSettings(
      {
        ...plane(),
        resources: [
          ...plane().resources.slice(0, 1),
          object("TeleportRoleV6", "kube-admin", { allow: {} }, { labels: { team: "a" } }),
          object("TeleportUser", "eve", { roles: ["x"] }, { annotations: { description: "Eve" } }),
          object("TeleportGithubConnector", "github", github),
          object("TeleportThing", "of-tomorrow", {}),
        ],
      },
      undefined,
    );
    assert.deepEqual(resources, {
      presets: [],
      roles: { "kube-admin": { version: "v6", spec: { allow: {} }, labels: { team: "a" } } },
      users: { eve: { spec: { roles: ["x"] }, description: "Eve" } },
      githubConnectors: { github: { spec: { client_id: "id", client_secret: "FILL-IN" } } },
    });
  });

  it("writes no credentials, neither of headers nor of join tokens", () => {
    const headers = [
      "Authorization: Basic bm90LWEtc2VjcmV0",
      "X-Api-Key: not-a-key",
      "Host: a.example.com",
    ];
    const own = release("teleport-agent", "teleport-kube-agent");
    own.values = {
      joinParams: { method: "token", tokenName: "not-a-token" },
      apps: [{ name: "a(b", uri: "http://a", rewrite: { headers } }],
    };
    const { agents } = impliedSettings({ ...plane(), agents: [own] }, undefined);
    const agent = (agents as Record<string, { join: unknown; apps: { rewrite: unknown }[] }>)[
      "teleport-agent"
    ];
    assert.deepEqual(agent?.join, { method: "token", path: "FILL-IN" });
    assert.deepEqual(agent.apps[0]?.rewrite, {
      headers: [
        { name: "Authorization", secret: { key: "FILL-IN", prefix: "Basic " } },
        { name: "X-Api-Key", secret: { key: "FILL-IN" } },
        { name: "Host", value: "a.example.com" },
      ],
    });
  });

  it("marks the values that only a person knows", () => {
    const bare = { ...plane(), vaultSecrets: [], certificate: undefined };
    const settings = JSON.stringify(impliedSettings(bare, undefined));
    assert.equal(settings.match(/FILL-IN/g)?.length, 2);
  });

  const ids: [string, Record<string, unknown>, string | undefined][] = [
    ["aws:lb/loadBalancer:LoadBalancer", {}, "arn:lb"],
    ["aws:lb/targetGroup:TargetGroup", {}, "arn:group"],
    ["aws:lb/listener:Listener", {}, "arn:listener"],
    ["aws:ec2/securityGroup:SecurityGroup", {}, "sg-0a"],
    [
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      { cidrIpv4: "0.0.0.0/0", fromPort: 443 },
      "in",
    ],
    [
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      { cidrIpv4: "10.0.0.0/8", fromPort: 443 },
      undefined,
    ],
    ["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", { fromPort: 30443 }, "nodes"],
    ["aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", { fromPort: 30443 }, "out"],
    ["aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", { fromPort: 31000 }, undefined],
    ["aws:route53/record:Record", { name: "*.lumie-infra.com" }, "Z1_*.lumie-infra.com_A"],
    ["aws:route53/record:Record", { name: "other.lumie-infra.com" }, undefined],
    ["aws:lb/targetGroupAttachment:TargetGroupAttachment", {}, undefined],
  ];
  for (const [type, given, id] of ids) {
    it(`finds ${type.split(":").at(-1) ?? ""} ${JSON.stringify(given)} as ${id ?? "missing"}`, () => {
      assert.equal(kindOf({ type, inputs: given })?.adoptFromAws?.(given, balancer), id);
    });
  }

  it("reads a release from Helm's record", () => {
    const stored = {
      name: "teleport",
      namespace: "teleport",
      info: { status: "deployed" },
      chart: { metadata: { name: "teleport-cluster", version: CHART_VERSION } },
      config: { clusterName: "x" },
    };
    const inner = gzipSync(JSON.stringify(stored)).toString("base64");
    assert.deepEqual(readRelease(Buffer.from(inner).toString("base64")), {
      namespace: "teleport",
      name: "teleport",
      chart: "teleport-cluster",
      version: CHART_VERSION,
      status: "deployed",
      values: { clusterName: "x" },
    });
  });

  it("explains how to end Argo CD's management without deleting anything", () => {
    const text = managingText([
      {
        ...{ namespace: "argocd", name: "teleport", objects: ["Service teleport"] },
        release: releaseCommands({
          metadata: {
            ...{ namespace: "argocd", name: "teleport" },
            finalizers: ["resources-finalizer.argocd.argoproj.io"],
          },
        }),
      },
    ]);
    assert.match(text, /Application argocd\/teleport still manages 1 objects \(Service teleport\)/);
    assert.match(text, /"op":"remove","path":"\/metadata\/finalizers"/);
    assert.match(text, /--cascade=orphan/);
  });
});

describe("an adopted load balancer", () => {
  it("keeps the names of parts that cannot be renamed", async () => {
    const adopted = { targetGroup: "tg", securityGroup: "nlb", description: "Made by hand" };
    const plane = await recordPlane("prod", (settings) => {
      assert.ok(settings.loadBalancer !== undefined);
      settings.loadBalancer.adopted = adopted;
    });
    assert.equal(plane.one("aws:lb/targetGroup:TargetGroup").inputs["name"], "tg");
    const { name, description } = plane.one("aws:ec2/securityGroup:SecurityGroup").inputs;
    assert.deepEqual({ name, description }, { name: "nlb", description: "Made by hand" });
    const fresh = (await recordPlane("prod")).one("aws:lb/targetGroup:TargetGroup");
    assert.ok(!("name" in fresh.inputs), "named by Pulumi, so that a new one can stand beside it");
  });
});
