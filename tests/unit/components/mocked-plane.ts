import * as fs from "node:fs";
import { parse } from "yaml";
import { AccessPlane } from "../../../components/stacks/plane";
import { AgentStack } from "../../../components/stacks/agent";
import type { StatusReader } from "../../../components/support/operator-verdict";
import { providers } from "../../../components/support/providers";
import { targetInstances } from "../../../components/support/target-instances";
import {
  recordProgram,
  type Answers,
  type RecordedResource,
} from "../../../operations/plan/record-program";
import { agentSchema } from "../../../settings/kinds/agent";
import { planeSchema } from "../../../settings/kinds/plane";
import type { PlaneSettings } from "../../../settings/schema";
import type { ResourceStatus } from "../../../teleport/conditions";

/** Conditions that the operator sets on an accepted resource. */
const reconciled = ["ValidStructure", "TeleportResourceOwned", "SuccessfullyReconciled"].map(
  (type) => ({ type, status: "True" }),
);

/** Status of a resource that the operator has accepted. */
export const ACCEPTED: ResourceStatus = { conditions: reconciled };

const accepts: StatusReader = () => Promise.resolve(ACCEPTED);

/** Outputs of an object that was made so long ago that its status does not change any more. */
export const longAgo = ({ metadata }: Record<string, unknown>) => ({
  metadata: { ...(metadata as object), creationTimestamp: "2026-01-01T00:00:00Z" },
});

const answers: Answers = {
  outputs: (type, name, inputs) => {
    if (type === "kubernetes:core/v1:Namespace") {
      return { metadata: { ...(inputs["metadata"] as object | undefined), uid: "u-1" } };
    }
    if (type === "kubernetes:core/v1:ServicePatch") {
      return { spec: { ...(inputs["spec"] as object), clusterIP: "10.96.0.10" } };
    }
    if (type.startsWith("kubernetes:resources.teleport.dev/")) return longAgo(inputs);
    if (type.startsWith("aws:lb/")) {
      return { arn: `arn:${name}`, name: `${name}-1A`, dnsName: "nlb.example.com", zoneId: "Z1" };
    }
    if (type === "aws:iam/role:Role") return { arn: "arn:made-role" };
    if (type.startsWith("random:")) return { result: "generated-password", hex: "c0ffee" };
    if (type === "vault:kv/secretV2:SecretV2") return { metadata: { version: "7" } };
    return {};
  },
  call: (token) => {
    switch (token) {
      case "aws:ec2/getVpc:getVpc":
        return { id: "vpc-1" };
      case "aws:ec2/getSubnets:getSubnets":
        return { ids: ["subnet-1", "subnet-2"] };
      case "aws:ec2/getSecurityGroup:getSecurityGroup":
        return { id: "sg-nodes" };
      case "aws:ec2/getInstances:getInstances":
        return { ids: ["i-1", "i-2"] };
      case "aws:route53/getZone:getZone":
        return { zoneId: "Z-lumie" };
      case "vault:generic/getSecret:getSecret":
        return {
          data: {
            ...{ username: "teleport", password: "kv-password", token: "kv-token" },
            "license.pem": "kv-licence",
          },
        };
      default:
        throw new Error(`no answer for ${token}`);
    }
  },
};

/** Settings of a committed stack. */
export function stackSettings(stack: string): PlaneSettings {
  const file = parse(fs.readFileSync(`Pulumi.${stack}.yaml`, "utf8")) as {
    config: Record<string, unknown>;
  };
  const sections = Object.entries(file.config)
    .filter(([key]) => key.startsWith("access-plane:"))
    .map(([key, value]) => [key.split(":")[1], value]);
  return planeSchema.parse(Object.fromEntries(sections));
}

/** A recorded plane, with look-ups that fail unless there is exactly one match. */
export class Plane {
  constructor(readonly resources: RecordedResource[]) {}

  all(type: string): RecordedResource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  one(type: string, name?: string): RecordedResource {
    const found = this.all(type).filter((resource) => name === undefined || resource.name === name);
    const [first] = found;
    if (first === undefined || found.length > 1) {
      throw new Error(`${String(found.length)} resources of type ${type}, name ${name ?? "any"}`);
    }
    return first;
  }

  /** Direct and indirect dependencies of a resource, as `type::name`. */
  waitsFor(resource: RecordedResource): string[] {
    const seen = new Set<string>();
    const visit = (urn: string) => {
      if (seen.has(urn)) return;
      seen.add(urn);
      const next = this.resources.find((candidate) => candidate.urn === urn);
      next?.dependencies.forEach(visit);
    };
    resource.dependencies.forEach(visit);
    return [...seen].map((urn) => urn.split("$").pop() ?? urn);
  }
}

/** Records a stack of kind `agent`. */
export async function recordAgentStack(raw: object, other: Partial<Answers> = {}): Promise<Plane> {
  const settings = agentSchema.parse({ kind: "agent", ...raw });
  const resources = await recordProgram(
    () => new AgentStack("agents", settings, { providers: providers(settings, {}) }),
    { ...answers, ...other },
    { project: "access-plane", stack: "remote" },
  );
  return new Plane(resources);
}

/** Records the plane of a stack's settings after a change to them. */
export async function recordPlane(
  stack: string,
  change: (settings: PlaneSettings) => void = () => undefined,
  other: Partial<Answers> = {},
  statusOf = accepts,
): Promise<Plane> {
  const settings = structuredClone(stackSettings(stack));
  change(settings);
  const resources = await recordProgram(
    async () => {
      const explicit = providers(settings, {});
      const instances = await targetInstances(settings, explicit);
      const args = { ...settings, statusOf, instances };
      return new AccessPlane("access-plane", args, { providers: explicit });
    },
    { ...answers, ...other },
    { project: "access-plane", stack },
  );
  return new Plane(resources);
}
