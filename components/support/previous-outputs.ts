import * as pulumi from "@pulumi/pulumi";
import { setTimeout as sleep } from "node:timers/promises";
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

/** How often a state is read that was saved meanwhile, and the milliseconds in between. */
const [READS, PAUSE] = [20, 100];

/**
 * A stack's outputs in the state. Reads again what was saved at that moment: in a backend of files the engine replaces
 * a state's two files one after the other. As a StackReference, such a read would fail the whole update, and the
 * outputs would be in the state twice.
 */
async function stackOutputs(name: string): Promise<Record<string, unknown>> {
  for (let read = 1; ; read++) {
    try {
      // A function of the engine itself.
      const found: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {
        name,
      });
      return (found as { outputs?: Record<string, unknown> }).outputs ?? {};
    } catch (error) {
      const { message } = error as Error;
      if (read === READS || !message.includes("failed to load checkpoint")) throw error;
      await sleep(PAUSE);
    }
  }
}

/** Outputs of the last successful update of this stack; empty before the first. */
export async function previousOutputs(): Promise<PreviousOutputs> {
  const place = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()];
  const { roleVersions, clusterName, remoteAgents, ...outputs } = await stackOutputs(
    place.join("/"),
  );
  return {
    ...(outputs as Pick<PreviousOutputs, "databasePassword" | "delivery" | "version">),
    remoteAgents: (remoteAgents ?? {}) as PreviousOutputs["remoteAgents"],
    // Stacks of release 0.1.0 have this one role and no output about it.
    roles: (roleVersions ??
      (clusterName === undefined
        ? {}
        : { "kube-admin": { version: "v7", keep: false } })) as PreviousOutputs["roles"],
  };
}

/** The new `vault.delivery`, if it has changed since the last update. */
export const newDeliverer = (
  previous: Pick<PreviousOutputs, "delivery"> | undefined,
  { delivery }: { delivery: Delivery },
): Delivery | undefined =>
  previous?.delivery === undefined || previous.delivery === delivery ? undefined : delivery;
