import * as assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { DescribeSecurityGroupRulesCommand } from "@aws-sdk/client-ec2";
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  RegisterTargetsCommand,
  type TargetDescription,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import * as k8s from "@kubernetes/client-node";
import { awsConfig } from "./aws-config";
import { awsOf, type Aws } from "./plain-load-balancer";
import { EngineStack } from "./stack";

const GROUP = "elbv2.k8s.aws";
const BINDINGS = {
  ...{ group: GROUP, version: "v1beta1", namespace: "teleport", plural: "targetgroupbindings" },
};
/** The fields that the program writes, as the AWS Load Balancer Controller documents them. */
const SPEC: k8s.V1JSONSchemaProps = {
  type: "object",
  required: ["serviceRef", "targetGroupARN"],
  properties: {
    targetGroupARN: { type: "string", minLength: 1 },
    targetType: { type: "string", _enum: ["instance", "ip"] },
    serviceRef: {
      type: "object",
      required: ["name", "port"],
      properties: {
        name: { type: "string" },
        port: { x_kubernetes_int_or_string: true },
      },
    },
    networking: { type: "object", x_kubernetes_preserve_unknown_fields: true },
  },
};

interface Binding {
  metadata: { name: string; generation: number };
  spec: {
    targetGroupARN: string;
    targetType: string;
    serviceRef: { name: string; port: number };
    networking?: object;
  };
  status?: { observedGeneration?: number };
}

/** Changes the kind of the load balancer's targets, and watches its listener. */
describe("targets of another kind", () => {
  let stack: EngineStack;
  let aws: Aws;
  let instances: string[];
  const controller = new AbortController();

  before(async () => {
    stack = await EngineStack.start();
    aws = awsOf(stack.env);
    stack.change((config) => {
      config["access-plane:agents"] = {};
    });
    await defineBindings();
    await stack.up();
    const scaling = new AutoScalingClient(awsConfig(stack.env));
    const { AutoScalingGroups: [group] = [] } = await scaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ["lumie-nodes"] }),
    );
    instances = (group?.Instances ?? []).flatMap(({ InstanceId }) => InstanceId ?? []);
    assert.ok(instances.length > 0);
    void playController();
  });
  after(async () => {
    controller.abort();
    await stack.stop();
  });

  async function defineBindings() {
    const names = { plural: BINDINGS.plural, kind: "TargetGroupBinding" };
    const schema = { type: "object", properties: { spec: SPEC, status: anything() } };
    await stack.kube(k8s.ApiextensionsV1Api).createCustomResourceDefinition({
      body: {
        metadata: { name: `${BINDINGS.plural}.${GROUP}` },
        spec: {
          ...{ group: GROUP, scope: "Namespaced", names },
          versions: [
            {
              ...{ name: BINDINGS.version, served: true, storage: true },
              subresources: { status: {} },
              schema: { openAPIV3Schema: schema },
            },
          ],
        },
      },
    });
  }
  const anything = (): k8s.V1JSONSchemaProps => ({
    type: "object",
    x_kubernetes_preserve_unknown_fields: true,
  });

  /** Addresses and port of the pods behind one port of a Service. */
  async function endpoints({ name, port }: Binding["spec"]["serviceRef"]) {
    const service = await stack
      .kube(k8s.CoreV1Api)
      .readNamespacedService({ name, namespace: "teleport" });
    const portName = service.spec?.ports?.find((one) => one.port === port)?.name;
    const { items } = await stack.kube(k8s.DiscoveryV1Api).listNamespacedEndpointSlice({
      namespace: "teleport",
      labelSelector: `kubernetes.io/service-name=${name}`,
    });
    return items.flatMap((slice) => {
      const Port = slice.ports?.find((one) => one.name === portName)?.port;
      return (slice.endpoints ?? []).flatMap(({ addresses }) =>
        addresses.map((Id) => ({ Id, Port })),
      );
    });
  }

  /** Registers nodes or pods, and then updates the status, as the controller does. */
  async function playController() {
    const api = stack.kube(k8s.CustomObjectsApi);
    while (!controller.signal.aborted) {
      const { items } = (await api
        .listNamespacedCustomObject(BINDINGS)
        .catch(() => ({ items: [] }))) as { items: Binding[] };
      for (const { metadata, spec, status } of items) {
        if (status?.observedGeneration === metadata.generation) continue;
        await sleep(2000);
        const Targets =
          spec.targetType === "ip"
            ? await endpoints(spec.serviceRef)
            : instances.map((Id) => ({ Id, Port: 30443 }));
        await aws.elb.send(
          new RegisterTargetsCommand({ TargetGroupArn: spec.targetGroupARN, Targets }),
        );
        const body = [
          { op: "add", path: "/status", value: { observedGeneration: metadata.generation } },
        ];
        await api.patchNamespacedCustomObjectStatus({ ...BINDINGS, name: metadata.name, body });
      }
      await sleep(200);
    }
  }

  /** The load balancer, and the target group to which its listener forwards. */
  async function servedGroup() {
    const { LoadBalancers: [found] = [] } = await aws.elb.send(
      new DescribeLoadBalancersCommand({}),
    );
    const { Listeners: [listener] = [] } = await aws.elb.send(
      new DescribeListenersCommand({ LoadBalancerArn: found?.LoadBalancerArn }),
    );
    return { balancer: found, TargetGroupArn: listener?.DefaultActions?.[0]?.TargetGroupArn };
  }
  /** The registered targets of that group. */
  async function targets(): Promise<TargetDescription[]> {
    const { TargetGroupArn } = await servedGroup();
    const { TargetHealthDescriptions: found = [] } = await aws.elb.send(
      new DescribeTargetHealthCommand({ TargetGroupArn }),
    );
    return found.flatMap(({ Target }) => Target ?? []);
  }
  const served = async () => (await targets()).flatMap(({ Id }) => Id ?? []).sort();

  /** Updates to other targets, and asserts that the listener has targets all the time. */
  async function changeTo(targets: object, expected = () => Promise.resolve(instances)) {
    stack.change((config) => {
      const key = "access-plane:loadBalancer";
      config[key] = { ...(config[key] as object), targets };
    });
    const watch = new AbortController();
    let looks = 0;
    let empty = 0;
    const watching = (async () => {
      while (!watch.signal.aborted) {
        looks++;
        if ((await served()).length === 0) empty++;
        await sleep(50);
      }
    })();
    try {
      await stack.up();
    } finally {
      watch.abort();
      await watching;
    }
    assert.ok(looks > 20, String(looks));
    assert.equal(empty, 0, `${String(empty)} of ${String(looks)} looks found no target`);
    assert.deepEqual(await served(), [...(await expected())].sort());
    await stack.expect(0, "preview", "--refresh", "--expect-no-changes");
  }

  async function onlyBinding(): Promise<Binding> {
    const { items } = (await stack
      .kube(k8s.CustomObjectsApi)
      .listNamespacedCustomObject(BINDINGS)) as { items: Binding[] };
    const [first] = items;
    assert.ok(first !== undefined && items.length === 1, String(items.length));
    return first;
  }

  it("are the Auto Scaling group's instances by id, registered before the group is detached", async () => {
    await changeTo({ instanceIds: instances });
  });

  it("are instances that the AWS Load Balancer Controller has registered", async () => {
    await changeTo({ targetGroupBinding: "instance" });
    const { spec } = await onlyBinding();
    assert.deepEqual(spec.serviceRef, { name: "teleport", port: 443 });
    assert.equal(spec.targetType, "instance");
  });

  it("are the proxies' pods at their own port, the only one that is open", async () => {
    const ofProxies = () => endpoints({ name: "teleport", port: 443 });
    await changeTo({ targetGroupBinding: "ip" }, async () =>
      (await ofProxies()).map(({ Id }) => Id),
    );
    const { balancer, TargetGroupArn } = await servedGroup();
    const [{ Port } = {}] = await ofProxies();
    assert.ok((await targets()).every((target) => target.Port === Port));
    const { TargetGroups: [group] = [] } = await aws.elb.send(
      new DescribeTargetGroupsCommand({ TargetGroupArns: [TargetGroupArn ?? ""] }),
    );
    assert.equal(group?.TargetType, "ip");

    const [groupID = ""] = balancer?.SecurityGroups ?? [];
    const { spec } = await onlyBinding();
    assert.equal(spec.targetType, "ip");
    assert.deepEqual(spec.networking, {
      ingress: [
        { from: [{ securityGroup: { groupID } }], ports: [{ protocol: "TCP", port: Port }] },
      ],
    });
    const { SecurityGroupRules: rules = [] } = await aws.ec2.send(
      new DescribeSecurityGroupRulesCommand({}),
    );
    const between = rules.filter(
      ({ GroupId, ReferencedGroupInfo: peer }) =>
        peer?.GroupId !== undefined && [GroupId, peer.GroupId].includes(groupID),
    );
    assert.deepEqual(
      between.map(({ IsEgress, FromPort, ToPort }) => [IsEgress, FromPort, ToPort]).sort(),
      [
        [false, Port, Port],
        [true, Port, Port],
      ],
    );
  });

  it("are those of the Auto Scaling group again", async () => {
    await changeTo({ autoScalingGroups: ["lumie-nodes"] });
  });
});
