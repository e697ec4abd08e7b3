import {
  DeleteListenerCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import * as k8s from "@kubernetes/client-node";
import { awsConfig } from "./aws-config";
import type { EngineStack } from "./stack";

const NAMESPACE = "teleport";
const AGENT_PATH = "secret/data/teleport/agent";
const USER = {
  group: "resources.teleport.dev",
  version: "v2",
  namespace: NAMESPACE,
  plural: "teleportusers",
};

async function setNodePort(core: k8s.CoreV1Api, nodePort: number): Promise<void> {
  const where = { name: "teleport", namespace: NAMESPACE };
  const { spec } = await core.readNamespacedService(where);
  const ports = spec?.ports?.map(({ name, port, targetPort }) => ({
    ...{ name, port, targetPort },
    nodePort,
  }));
  await core.patchNamespacedService(
    { ...where, body: { spec: { ports } } },
    k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
  );
}

async function deleteListener(env: NodeJS.ProcessEnv): Promise<void> {
  const elb = new ElasticLoadBalancingV2Client(awsConfig(env));
  const named = new DescribeLoadBalancersCommand({ Names: ["teleport"] });
  const { LoadBalancers: [nlb] = [] } = await elb.send(named);
  const { Listeners: [listener] = [] } = await elb.send(
    new DescribeListenersCommand({ LoadBalancerArn: nlb?.LoadBalancerArn }),
  );
  await elb.send(new DeleteListenerCommand({ ListenerArn: listener?.ListenerArn }));
}

/** The secret in the header of the app `zot`. */
export async function headerSecret(stack: EngineStack): Promise<string> {
  const { data } = (await stack.vault(AGENT_PATH)) as { data: Record<string, string> };
  return data["zot-basic-auth"] ?? "";
}

/**
 * Breaks five things of a plane at once: node port, header secret, listener, a secret in plain text,
 * and a user with an unknown role. Returns a function that repairs what no update repairs.
 */
export async function breakFiveThings(stack: EngineStack): Promise<() => Promise<unknown>> {
  const core = stack.kube(k8s.CoreV1Api);
  const custom = stack.kube(k8s.CustomObjectsApi);
  const { data: keys } = (await stack.vault(AGENT_PATH)) as { data: Record<string, string> };
  const { "zot-basic-auth": secret = "", ...rest } = keys;
  await Promise.all([
    setNodePort(core, 30444),
    stack.vault(AGENT_PATH, { data: rest }),
    deleteListener(stack.env),
    core.createNamespacedConfigMap({
      namespace: NAMESPACE,
      body: { metadata: { name: "notes" }, data: { header: `Basic ${secret}` } },
    }),
    custom.createNamespacedCustomObject({
      ...USER,
      body: {
        apiVersion: "resources.teleport.dev/v2",
        kind: "TeleportUser",
        metadata: { name: "nobody" },
        spec: { roles: ["no-such-role"] },
      },
    }),
  ]);
  const refused = async () => {
    const user = (await custom.getNamespacedCustomObject({ ...USER, name: "nobody" })) as {
      status?: { conditions?: { type: string; status: string }[] };
    };
    return user.status?.conditions?.some(({ status }) => status === "False") ?? false;
  };
  while (!(await refused())) await new Promise((resolve) => setTimeout(resolve, 100));
  return () =>
    Promise.all([
      stack.vault(AGENT_PATH, { data: keys }),
      core.deleteNamespacedConfigMap({ name: "notes", namespace: NAMESPACE }),
      custom.deleteNamespacedCustomObject({ ...USER, name: "nobody" }),
    ]);
}
