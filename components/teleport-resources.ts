import * as pulumi from "@pulumi/pulumi";
import type { PlaneSettings } from "../settings/schema";
import {
  COLLECTIONS,
  KINDS,
  kindOf,
  type Collection,
  type RoleVersion,
} from "../teleport/resources/kinds";
import { PRESETS } from "../teleport/resources/presets";
import { linked } from "../teleport/resources/references";
import { TeleportResource, type TeleportResourceArgs } from "./teleport-resource";

/** Arguments of {@link TeleportResources}. */
export interface TeleportResourcesArgs {
  /** Namespace of the operator, the only one it watches. */
  namespace: pulumi.Input<string>;
  /** What the settings declare. */
  resources: PlaneSettings["resources"];
}

/** A resource as settings declare it. */
type Declared = Pick<
  TeleportResourceArgs,
  "spec" | "labels" | "description" | "keep" | "ignore"
> & {
  version?: RoleVersion;
};

/** Names in Teleport of what is declared, by collection and name. */
export type ResourceNames = Partial<
  Record<Collection, Partial<Record<string, pulumi.Output<string>>>>
>;

/**
 * The Teleport resources that the settings declare. Where one names another that is declared too,
 * it takes the other's output, so that roles come first and go last.
 */
export class TeleportResources extends pulumi.ComponentResource {
  /** Names in Teleport, known once the operator has put the resources there. */
  public readonly names: ResourceNames;

  constructor(name: string, args: TeleportResourcesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("access-plane:components:TeleportResources", name, {}, opts);
    const { presets, ...declared } = args.resources;
    const ready = Object.fromEntries(
      presets.map((preset) => [
        preset,
        { ...PRESETS[preset], labels: {}, keep: false, ignore: false },
      ]),
    );
    const all = { ...declared, roles: { ...ready, ...declared.roles } };

    const names: ResourceNames = {};
    for (const collection of COLLECTIONS) {
      const made: Partial<Record<string, pulumi.Output<string>>> = {};
      const declared: Record<string, Declared> = all[collection];
      for (const [resourceName, { version, spec, ...rest }] of Object.entries(declared)) {
        const kind = kindOf(collection, version);
        made[resourceName] = new TeleportResource(
          `${KINDS[kind].singular}-${resourceName}`,
          {
            ...rest,
            kind,
            resourceName,
            namespace: args.namespace,
            spec: linked(collection, spec, (target, other) => names[target]?.[other] ?? other),
          },
          {
            parent: this,
            // Its name before roles were settings.
            ...(resourceName === "kube-admin"
              ? { aliases: [{ name: "kube-admin", ...(opts?.parent && { parent: opts.parent }) }] }
              : {}),
          },
        ).resourceName;
      }
      names[collection] = made;
    }
    this.names = names;
    this.registerOutputs({});
  }
}
