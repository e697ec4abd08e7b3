import * as assert from "node:assert/strict";
import { planStack } from "../../../operations/plan/plan-stack";
import { rules } from "../../../policy/rules";

interface Case {
  what: string;
  type: string;
  props: Record<string, unknown>;
  protect?: boolean;
  /** A part of the one violation. Undefined if there is none. */
  violation?: RegExp;
}

const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const RULE = "aws:ec2/securityGroupRule:SecurityGroupRule";
const SERVICE = "kubernetes:core/v1:Service";
const BINDING = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding";
const NLB = "aws:lb/loadBalancer:LoadBalancer";
const RELEASE = "kubernetes:helm.sh/v3:Release";
const DIGEST = `@sha256:${"0".repeat(64)}`;
const group = (name: string) => ({ subjects: [{ kind: "Group", name }] });
const pod = (image: string) => ({ spec: { template: { spec: { containers: [{ image }] } } } });
const world = { cidrIpv4: "0.0.0.0/0" };

const cases: Record<string, Case[]> = {
  "no-public-node-port": [
    {
      what: "443 for everybody",
      type: INGRESS,
      props: { ...world, ipProtocol: "tcp", fromPort: 443, toPort: 443 },
    },
    {
      what: "a node port for a group",
      type: INGRESS,
      props: {
        referencedSecurityGroupId: "sg-1",
        ipProtocol: "tcp",
        fromPort: 30443,
        toPort: 30443,
      },
    },
    {
      what: "a node port for a network",
      type: INGRESS,
      props: { cidrIpv4: "10.0.0.0/8", ipProtocol: "tcp", fromPort: 30443, toPort: 30443 },
    },
    ...["0.0.0.0/1", "128.0.0.0/1", "0.0.0.0/00"].map((cidrIpv4) => ({
      what: `a node port for ${cidrIpv4}`,
      type: INGRESS,
      props: { cidrIpv4, ipProtocol: "tcp", fromPort: 30443, toPort: 30443 },
      violation: /ports 30443-30443/,
    })),
    {
      what: "a patch with addresses from outside",
      type: `${SERVICE}Patch`,
      props: { spec: { externalIPs: ["203.0.113.1"] } },
      violation: /externalIPs/,
    },
    {
      what: "a node port for everybody",
      type: INGRESS,
      props: { ...world, ipProtocol: "tcp", fromPort: 30443, toPort: 30443 },
      violation: /ports 30443-30443/,
    },
    {
      what: "a range over all node ports",
      type: INGRESS,
      props: { cidrIpv6: "::/0", ipProtocol: "tcp", fromPort: 1024, toPort: 65535 },
      violation: /ports 1024-65535/,
    },
    {
      what: "every port",
      type: INGRESS,
      props: { ...world, ipProtocol: "-1" },
      violation: /every port/,
    },
    {
      what: "an inline rule",
      type: GROUP,
      props: {
        ingress: [{ protocol: "tcp", fromPort: 30000, toPort: 32767, cidrBlocks: ["0.0.0.0/0"] }],
      },
      violation: /30000-32767/,
    },
    {
      what: "an inline rule of a network",
      type: GROUP,
      props: {
        ingress: [{ protocol: "tcp", fromPort: 30000, toPort: 32767, cidrBlocks: ["10.0.0.0/8"] }],
      },
    },
    {
      what: "an old rule",
      type: RULE,
      props: {
        type: "ingress",
        protocol: "tcp",
        fromPort: 31000,
        toPort: 31000,
        ipv6CidrBlocks: ["::/0"],
      },
      violation: /31000/,
    },
    {
      what: "an old egress rule",
      type: RULE,
      props: { type: "egress", protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] },
    },
    {
      what: "external addresses",
      type: SERVICE,
      props: { spec: { externalIPs: ["203.0.113.1"] } },
      violation: /externalIPs/,
    },
    { what: "a Service", type: SERVICE, props: { spec: { type: "NodePort" } } },
  ],
  "no-system-masters": [
    { what: "a group of its own", type: BINDING, props: group("teleport-admin") },
    {
      what: "the group in a binding",
      type: BINDING,
      props: group("system:masters"),
      violation: /binds system:masters/,
    },
    {
      what: "the group in a namespace",
      type: "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
      props: group("system:masters"),
      violation: /binds/,
    },
    {
      what: "a user of that name",
      type: BINDING,
      props: { subjects: [{ kind: "User", name: "system:masters" }] },
    },
    {
      what: "a Teleport role",
      type: "kubernetes:resources.teleport.dev/v1:TeleportRoleV7",
      props: { spec: { allow: { kubernetes_groups: ["system:masters"] } } },
      violation: /kubernetes_groups has system:masters/,
    },
    {
      what: "a Teleport role with every group",
      type: "kubernetes:resources.teleport.dev/v1:TeleportRoleV8",
      props: { spec: { allow: { kubernetes_groups: ["*"] } } },
      violation: /has \*/,
    },
    {
      what: "a Teleport role of a group",
      type: "kubernetes:resources.teleport.dev/v1:TeleportRoleV7",
      props: { spec: { allow: { kubernetes_groups: ["teleport-admin"] } } },
    },
    {
      what: "an access entry",
      type: "aws:eks/accessEntry:AccessEntry",
      props: { kubernetesGroups: ["system:masters"] },
      violation: /kubernetesGroups/,
    },
    {
      what: "the map of EKS",
      type: "kubernetes:core/v1:ConfigMap",
      props: { metadata: { name: "aws-auth" }, data: { mapRoles: "- groups: [system:masters]\n" } },
      violation: /maps an AWS identity/,
    },
    {
      what: "the map of EKS",
      type: "kubernetes:core/v1:ConfigMapPatch",
      props: { metadata: { name: "aws-auth" }, data: { mapRoles: "- groups: [system:masters]\n" } },
      violation: /maps an AWS identity/,
    },
    {
      what: "another ConfigMap",
      type: "kubernetes:core/v1:ConfigMap",
      props: { metadata: { name: "notes" }, data: { text: "system:masters" } },
    },
  ],
  "nlb-has-security-group": [
    {
      what: "one with a group",
      type: NLB,
      props: { loadBalancerType: "network", securityGroups: ["sg-1"] },
    },
    {
      what: "one without",
      type: NLB,
      props: { loadBalancerType: "network" },
      violation: /has no securityGroups/,
    },
    {
      what: "one with none",
      type: NLB,
      props: { loadBalancerType: "network", securityGroups: [] },
      violation: /has no securityGroups/,
    },
    { what: "another kind", type: NLB, props: { loadBalancerType: "application" } },
    {
      what: "a Service that makes one",
      type: SERVICE,
      props: { spec: { type: "LoadBalancer" } },
      violation: /without the annotation/,
    },
    {
      what: "a Service that names a group",
      type: SERVICE,
      props: {
        metadata: {
          annotations: { "service.beta.kubernetes.io/aws-load-balancer-security-groups": "sg-1" },
        },
        spec: { type: "LoadBalancer" },
      },
    },
  ],
  "protected-kinds": [
    {
      what: "a namespace",
      type: "kubernetes:core/v1:Namespace",
      props: {},
      violation: /everything in it/,
    },
    {
      what: "a protected namespace",
      type: "kubernetes:core/v1:Namespace",
      props: {},
      protect: true,
    },
    {
      what: "a temporary namespace",
      type: "kubernetes:core/v1:Namespace",
      props: { metadata: { labels: { "access-plane/disposable": "true" } } },
    },
    { what: "a load balancer", type: NLB, props: {}, violation: /every connection is cut/ },
    {
      what: "a load balancer that AWS protects",
      type: NLB,
      props: { enableDeletionProtection: true },
    },
    { what: "an agent", type: RELEASE, props: { chart: "teleport-kube-agent" } },
  ],
  "images-by-digest": [
    {
      what: "a patch with a tag",
      type: "kubernetes:apps/v1:DeploymentPatch",
      props: pod("busybox:1"),
      violation: /without a digest/,
    },
    { what: "a digest", type: "kubernetes:apps/v1:Deployment", props: pod(`busybox${DIGEST}`) },
    {
      what: "a tag",
      type: "kubernetes:apps/v1:Deployment",
      props: pod("busybox:1.37"),
      violation: /spec\.template\.spec\.containers\[0\]\.image is busybox:1\.37/,
    },
    {
      what: "a short digest",
      type: "kubernetes:batch/v1:Job",
      props: pod("busybox@sha256:0123"),
      violation: /without a digest/,
    },
    {
      what: "a release's init container",
      type: RELEASE,
      props: { values: { initContainers: [{ image: "busybox:1" }] } },
      violation: /values\.initContainers\[0\]\.image/,
    },
    {
      what: "a release's repository",
      type: RELEASE,
      props: { values: { proxy: { image: { repository: "example.com/teleport", tag: "1" } } } },
      violation: /values\.proxy\.image\.repository/,
    },
    {
      what: "a release's digest",
      type: RELEASE,
      props: { values: { image: { repository: "example.com/teleport", digest: "sha256:0" } } },
    },
    { what: "no pods", type: SERVICE, props: {} },
  ],
};

describe("the policy pack", () => {
  for (const rule of rules) {
    describe(rule.name, () => {
      for (const { what, violation, protect = false, ...resource } of cases[rule.name] ?? []) {
        it(`${violation === undefined ? "allows" : "refuses"} ${what}`, () => {
          const found = rule.violations({ name: "it", protect, ...resource });
          if (violation === undefined) assert.deepEqual(found, []);
          else {
            assert.equal(found.length, 1, found.join("\n"));
            assert.match(found[0]!, violation);
          }
        });
      }
    });
  }

  it("has cases for every rule, and no rule throws on an unknown value", () => {
    assert.deepEqual(
      Object.keys(cases),
      rules.map(({ name }) => name),
    );
    const types = Object.values(cases).flat();
    for (const { type } of types) {
      for (const rule of rules) {
        rule.violations({
          type,
          name: "it",
          protect: true,
          props: { spec: undefined, metadata: null, subjects: "?", ingress: 1, values: [] },
        });
      }
    }
  });

  it("allows the reference deployment", async function () {
    this.timeout(60_000);
    const plan = await planStack("prod");
    const problems = plan.flatMap(({ type, name, inputs, protect }) =>
      rules
        .filter(({ level }) => level === "mandatory")
        .flatMap((rule) =>
          rule
            .violations({ type, name, protect, props: inputs })
            .map((problem) => `${rule.name}: ${name} ${problem}`),
        ),
    );
    assert.deepEqual(problems, []);
  });
});
