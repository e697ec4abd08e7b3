import { kubernetesFinder } from "../deploy/find-kubernetes";
import type { FoundLoadBalancer } from "./find-load-balancer";
import { get, getText } from "../../teleport/values";
import { shortType } from "../base/urn";

/** A resource that the program wants and the state does not have. */
export interface Wanted {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

/** Ids in AWS, from the load balancer down. */
export function awsId(found: FoundLoadBalancer, { type, inputs }: Wanted): string | undefined {
  const rule = (egress: boolean) => {
    const cidr = getText(inputs, "cidrIpv4") || getText(inputs, "cidrIpv6");
    const port = get(inputs, "fromPort");
    // A rule of another group that lets the load balancer in names it.
    const foreign = cidr === "" && !egress;
    return found.rules.find(
      ({ IsEgress, FromPort, CidrIpv4, CidrIpv6, GroupId, ReferencedGroupInfo }) =>
        IsEgress === egress &&
        FromPort === port &&
        (cidr === ""
          ? ReferencedGroupInfo?.GroupId !== undefined
          : CidrIpv4 === cidr || CidrIpv6 === cidr) &&
        (GroupId === found.securityGroup) === !foreign,
    )?.SecurityGroupRuleId;
  };
  switch (shortType(type)) {
    case "LoadBalancer":
      return found.loadBalancer.LoadBalancerArn;
    case "TargetGroup":
      return found.targetGroup?.TargetGroupArn;
    case "Listener":
      return found.listenerArn;
    case "SecurityGroup":
      return found.securityGroup;
    case "SecurityGroupIngressRule":
      return rule(false);
    case "SecurityGroupEgressRule":
      return rule(true);
    case "Record": {
      const name = getText(inputs, "name");
      const { zone } = found;
      return zone?.records.includes(name) === true ? `${zone.id}_${name}_A` : undefined;
    }
    default:
      // Attachments have no id that can be looked up; making them again changes nothing.
      return undefined;
  }
}

/** Where something stands in Vault's API, and how its resource is called there. */
function vaultPlace({ type, inputs }: Wanted): { path: string; id: string } | undefined {
  switch (type) {
    case "vault:index/policy:Policy": {
      const name = getText(inputs, "name");
      return { path: `sys/policies/acl/${name}`, id: name };
    }
    case "vault:kubernetes/authBackendRole:AuthBackendRole": {
      const path = `auth/${getText(inputs, "backend")}/role/${getText(inputs, "roleName")}`;
      return { path, id: path };
    }
    case "vault:database/secretBackendStaticRole:SecretBackendStaticRole": {
      const path = `${getText(inputs, "backend")}/static-roles/${getText(inputs, "name")}`;
      return { path, id: path };
    }
    default:
      return undefined;
  }
}

/** Id in Vault when it is there. Throws when Vault does not say. */
async function vaultId(
  wanted: Wanted,
  vault: { address: string; token: string; namespace?: string },
): Promise<string | undefined> {
  const place = vaultPlace(wanted);
  if (place === undefined) return undefined;
  const response = await fetch(`${vault.address}/v1/${place.path}`, {
    headers: {
      "X-Vault-Token": vault.token,
      ...(vault.namespace === undefined ? {} : { "X-Vault-Namespace": vault.namespace }),
    },
    signal: AbortSignal.timeout(20_000),
  });
  if (response.status === 404) return undefined;
  if (!response.ok) {
    throw new Error(`Vault answers ${response.status} to a read of ${place.path}`);
  }
  return place.id;
}

/** Systems to look into. */
export interface Systems {
  kubernetes: ReturnType<typeof kubernetesFinder>;
  vault?: { address: string; token: string; namespace?: string };
  aws?: FoundLoadBalancer;
}

/** Id of what the program wants, where it is there already. */
export async function existingId(wanted: Wanted, systems: Systems): Promise<string | undefined> {
  const { type, name, inputs } = wanted;
  // A patch is part of somebody else's object; applying it again changes nothing.
  if (/Patch$/.test(type)) return undefined;
  if (type.startsWith("kubernetes:")) {
    const found = await systems.kubernetes({
      urn: `urn:pulumi:adopt::access-plane::${type}::${name}`,
      type,
      inputs,
    });
    return found?.state === "exists" ? found.id : undefined;
  }
  if (type.startsWith("vault:")) {
    return systems.vault === undefined ? undefined : vaultId(wanted, systems.vault);
  }
  if (type.startsWith("aws:")) {
    return systems.aws === undefined ? undefined : awsId(systems.aws, wanted);
  }
  return undefined;
}
