import { agentsOf, type AgentStackSettings } from "../../inventory/agents";
import type { Answers } from "./record-program";

const found = (what: string) => `<${what}>`;

const CALLS: Record<string, () => Record<string, unknown>> = {
  "aws:ec2/getVpc:getVpc": () => ({ id: found("vpc") }),
  "aws:ec2/getSubnets:getSubnets": () => ({ ids: [found("subnet 1"), found("subnet 2")] }),
  "aws:ec2/getSecurityGroup:getSecurityGroup": () => ({ id: found("nodes' security group") }),
  "aws:ec2/getInstances:getInstances": () => ({ ids: [found("each instance")] }),
  "aws:autoscaling/getGroup:getGroup": () => ({ arn: found("auto scaling group") }),
  "aws:route53/getZone:getZone": () => ({ zoneId: found("hosted zone") }),
  "aws:index/getRegion:getRegion": () => ({ name: found("region"), region: found("region") }),
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({ accountId: found("account") }),
};

/** The output `remoteAgents` of a plane that admits the agents of a stack. */
export const admitting = (settings: AgentStackSettings): Record<string, unknown> =>
  Object.fromEntries(
    agentsOf(settings).flatMap(({ token, join, ...agent }) =>
      token === undefined ? [] : [[token, { ...agent, method: join.method }]],
    ),
  );

/**
 * Replaces the engine and its providers in a plan. Placeholders are in angle brackets, so that nobody takes
 * them for real values. `vaultKeys` returns all keys in Vault, `remoteAgents` that output of the plane of a
 * stack of agents; default: none.
 */
export function planAnswers(
  vaultKeys: () => readonly string[],
  remoteAgents: () => Record<string, unknown> = () => ({}),
): Answers {
  return {
    outputs: (type, name, inputs) => {
      if (type === "kubernetes:core/v1:ServicePatch") {
        const spec = inputs["spec"] as object;
        return { spec: { ...spec, clusterIP: found("address of the Service") } };
      }
      if (type === "pulumi:pulumi:StackReference") {
        const clusterName = found("clusterName of the plane");
        return { outputs: { clusterName, remoteAgents: remoteAgents() } };
      }
      if (type.startsWith("random:")) return { result: found("generated"), hex: found("revision") };
      if (type === "vault:kv/secretV2:SecretV2") return { metadata: { version: found("version") } };
      if (type.startsWith("aws:lb/")) {
        return {
          ...{ arn: found(`arn of ${name}`), dnsName: found("address"), zoneId: found("zone") },
          name: found(`name of ${name}`),
        };
      }
      if (type === "aws:iam/role:Role") return { arn: found(`arn of ${name}`) };
      return {};
    },
    call: (token) =>
      token === "vault:generic/getSecret:getSecret"
        ? { data: Object.fromEntries(vaultKeys().map((key) => [key, found(key)])) }
        : (CALLS[token]?.() ?? {}),
  };
}
