import * as pulumi from "@pulumi/pulumi";
import type { PlaneSettings } from "../../settings/schema";
import type { DeployedRole } from "../../teleport/resources/role-migration";
import type { RemoteAgentOutputs } from "./join-tokens";
import type { PasswordSource } from "./password-rotation";

type Delivery = PlaneSettings["vault"]["delivery"];

/** What the last update of a stack left. */
export interface PreviousOutputs {
  /** Its roles. */
  roles: Record<string, DeployedRole>;
  /** The agents of other stacks that it let in, by their token. */
  remoteAgents: Record<string, RemoteAgentOutputs>;
  /** The database's password. Undefined before the first update that said so. */
  databasePassword?: PasswordSource;
  /** Who delivered the Secrets, as `vault.delivery`. Undefined before the first update that said so. */
  delivery?: Delivery;
  /** Version of Teleport, once all of it ran. Undefined before the first update that said so. */
  version?: string;
}

/**
 * What the last update of this very stack left, from its own outputs; nothing before the first one.
 * An update that failed has changed no output.
 */
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
  // Stacks of release 0.1.0 have this one role, and no such output.
  const deployed = (await output("clusterName")) !== undefined;
  return {
    roles: deployed ? { "kube-admin": { version: "v7", keep: false } } : {},
    remoteAgents,
    databasePassword,
  };
}

/** Who delivers the Secrets from this update on, where `vault.delivery` has changed since the last one. */
export const newDeliverer = (
  previous: Pick<PreviousOutputs, "delivery"> | undefined,
  { delivery }: { delivery: Delivery },
): Delivery | undefined =>
  previous?.delivery === undefined || previous.delivery === delivery ? undefined : delivery;
