import type { VaultReader } from "../clients/vault";
import { kubernetesFinder } from "../kinds/find-kubernetes";
import { kindOf } from "../kinds";
import type { FoundLoadBalancer } from "../kinds/found-load-balancer";

/** A resource of the program that the state does not have. */
export interface Wanted {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

/** Id of a resource in Vault. Undefined if it does not exist. Throws if Vault cannot be read. */
async function vaultId(wanted: Wanted, vault: VaultReader): Promise<string | undefined> {
  const place = kindOf(wanted)?.inVault?.(wanted.inputs);
  if (place === undefined) return undefined;
  return (await vault.read(place.path)) === undefined ? undefined : place.id;
}

export interface Systems {
  kubernetes: ReturnType<typeof kubernetesFinder>;
  vault?: VaultReader;
  aws?: FoundLoadBalancer;
}

/** Id of a resource of the program. Undefined if it does not exist. */
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
    return systems.aws && kindOf(wanted)?.adoptFromAws?.(inputs, systems.aws);
  }
  return undefined;
}
