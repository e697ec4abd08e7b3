import * as pulumi from "@pulumi/pulumi";
import type { PlaneSettings } from "../settings/schema";
import {
  COLLECTIONS,
  KINDS,
  kindOf,
  type Collection,
  type RoleVersion,
} from "../teleport/resources/kinds";
import { presetsInUse } from "../teleport/resources/presets";
import { linked } from "../teleport/resources/references";
import { TeleportResource, type TeleportResourceArgs } from "./teleport-resource";

/** Arguments of {@link TeleportResources}. */
export interface TeleportResourcesArgs {
  /** Namespace of the operator, the only one it watches. */
  namespace: pulumi.Input<string>;
  /** What the settings declare. */
  resources: PlaneSettings["resources"];
  /** References that connectors have for `client_secret`, by collection and name. Default: none. */
  clientSecrets?: ResourceNames;
}

/** A resource as settings declare it. */
type Declared = Pick<TeleportResourceArgs, "labels" | "description" | "keep" | "ignore"> & {
  version?: RoleVersion;
  spec: object;
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
    const ready = Object.fromEntries(
      presetsInUse(args.resources).map(([preset, { version, spec, labels = {} }]) => [
        preset,
        { version, spec, labels, keep: false, ignore: false },
      ]),
    );
    const all = { ...args.resources, roles: { ...ready, ...args.resources.roles } };

    const names: ResourceNames = {};
    for (const collection of COLLECTIONS) {
      const made: Partial<Record<string, pulumi.Output<string>>> = {};
      const declared: Record<string, Declared> = all[collection];
      for (const [resourceName, entry] of Object.entries(declared)) {
        const { version, spec, labels, description, keep, ignore } = entry;
        const kind = kindOf(collection, version);
        const secret = args.clientSecrets?.[collection]?.[resourceName];
        const withSecret = secret === undefined ? {} : { client_secret: secret };
        made[resourceName] = new TeleportResource(
          `${KINDS[kind].singular}-${resourceName}`,
          {
            kind,
            resourceName,
            namespace: args.namespace,
            spec: {
              ...linked(collection, spec, (to, other) => names[to]?.[other] ?? other),
              ...withSecret,
            },
            labels,
            keep,
            ignore,
            ...(description === undefined ? {} : { description }),
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
