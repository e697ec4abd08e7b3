import * as pulumi from "@pulumi/pulumi";
import type { PlaneSettings } from "../../settings/schema";
import type { DeployedRole } from "../../teleport/resources/role-migration";
import type { RemoteAgentOutputs } from "./join-tokens";
import type { PasswordSource } from "./password-rotation";

type Delivery = PlaneSettings["vault"]["delivery"];

/** Outputs of the last update of a stack. */
export interface PreviousOutputs {
  /** Its roles. */
  roles: Record<string, DeployedRole>;
  /** Agents of other stacks, by their token. */
  remoteAgents: Record<string, RemoteAgentOutputs>;
  /** The database password. Undefined if that update had no such output. */
  databasePassword?: PasswordSource;
  /** `vault.delivery` of that update. Undefined if it had no such output. */
  delivery?: Delivery;
  /** Version of Teleport. Undefined if that update had no such output. */
  version?: string;
}

/** Outputs of the last successful update of this stack; empty before the first. */
export async function previousOutputs(): Promise<PreviousOutputs> {
  const name = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
  const self = new pulumi.StackReference("this-stack", { name });
  const output = async (key: string) => (await self.getOutputDetails(key)).value as unknown;
  const remoteAgents = ((await output("remoteAgents")) ?? {}) as PreviousOutputs["remoteAgents"];
  const databasePassword = (await output(
    "databasePassword",
  )) as PreviousOutputs["databasePassword"];
  const roles = (await output("roleVersions")) as PreviousOutputs["roles"] | undefined;
  const version = (await output("version")) as string | undefined;
  const delivery = (await output("delivery")) as Delivery | undefined;
  if (roles !== undefined) return { roles, remoteAgents, databasePassword, version, delivery };
  // Stacks of release 0.1.0 have this one role and no output about it.
  const deployed = (await output("clusterName")) !== undefined;
  return {
    roles: deployed ? { "kube-admin": { version: "v7", keep: false } } : {},
    remoteAgents,
    databasePassword,
  };
}

/** The new `vault.delivery`, if it has changed since the last update. */
export const newDeliverer = (
  previous: Pick<PreviousOutputs, "delivery"> | undefined,
  { delivery }: { delivery: Delivery },
): Delivery | undefined =>
  previous?.delivery === undefined || previous.delivery === delivery ? undefined : delivery;
