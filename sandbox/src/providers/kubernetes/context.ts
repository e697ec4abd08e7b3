import { randomBytes } from "node:crypto";
import type { Host, Props } from "../framework.ts";
import { ApiClient, UnreachableError } from "./client.ts";
import { NoKindError, Objects } from "./discovery.ts";
import { annotation, type Kind } from "./objects.ts";
import type { Settings } from "./settings.ts";

/** What every operation of the configured provider needs. */
export class Context {
  readonly settings: Settings;
  readonly host: Host;
  private shared: Objects | undefined;

  constructor(settings: Settings, host: Host) {
    this.settings = settings;
    this.host = host;
  }

  /** Access to the cluster; throws UnreachableError when the provider has none. */
  objects(): Objects {
    const { kubeconfig, unreachable } = this.settings;
    if (!kubeconfig) {
      throw new UnreachableError(
        `configured Kubernetes cluster is unreachable: ${unreachable ?? "no kubeconfig"}`,
      );
    }
    this.shared ??= new Objects(new ApiClient(kubeconfig));
    return this.shared;
  }

  /** Whether the kind lives in namespaces; assumed so where the cluster cannot tell. */
  async namespaced(kind: Kind): Promise<boolean> {
    try {
      return (await this.objects().discovery.lookup(kind))?.namespaced ?? true;
    } catch (error) {
      if (error instanceof UnreachableError) return true;
      throw error;
    }
  }

  /** True when the cluster can be reached and serves the kind. */
  async serves(kind: Kind): Promise<boolean> {
    try {
      await this.objects().discovery.find(kind);
      return true;
    } catch (error) {
      if (error instanceof UnreachableError || error instanceof NoKindError) return false;
      throw error;
    }
  }
}

/** The name under which an object's fields are applied. */
export function fieldManagerFor(inputs: Props, previous: string): string {
  return (
    annotation(inputs, "pulumi.com/patchFieldManager") ||
    previous ||
    `pulumi-kubernetes-${randomBytes(4).toString("hex")}`
  );
}
