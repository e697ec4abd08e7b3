import * as pulumi from "@pulumi/pulumi";
import type { PlaneSettings } from "../settings/schema";
import {
  COLLECTIONS,
  kindInfo,
  kindOf,
  ROLE_VERSIONS,
  type Collection,
} from "../teleport/resources/kinds";
import { googleUri } from "../teleport/google-workspace";
import { botTokens } from "../teleport/resources/bot-tokens";
import { presetsInUse } from "../teleport/resources/presets";
import { resolveReferences } from "../teleport/resources/references";
import { roleStep, type DeployedRole } from "../teleport/resources/role-migration";
import type { Operator } from "./support/operator-verdict";
import { TeleportResource, type TeleportResourceArgs } from "./teleport-resource";

/** Arguments of {@link TeleportResources}. */
export interface TeleportResourcesArgs {
  operator: Operator;
  /** Section `resources` of the settings. */
  resources: PlaneSettings["resources"];
  /** Values of `client_secret`, by collection and name. Default: none. */
  clientSecrets?: ResourceNames;
  /** Roles as the last update left them. Default: none. */
  deployedRoles?: Record<string, DeployedRole>;
  /** Pulumi refuses to delete provision tokens while set. Default: false. */
  protectTokens?: boolean;
  /** Seconds that the operator has for each of them. Default: 120. */
  timeoutSeconds?: number;
}

/** A resource as settings declare it. */
type Declared = Pick<TeleportResourceArgs, "labels" | "description" | "keep" | "ignore"> & {
  spec: object;
  /** Where Vault keeps the key of a Google service account. */
  googleServiceAccount?: object;
};
type DeclaredRole = PlaneSettings["resources"]["roles"][string];

/** Names in Teleport of the declared resources, by collection and name. */
type ResourceNames = Partial<Record<Collection, Partial<Record<string, pulumi.Output<string>>>>>;

/** Value of a mapping by name; the name may be one that every object has, such as `constructor`. */
const under = <T>(map: Partial<Record<string, T>> | undefined, name: string): T | undefined =>
  map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;

/**
 * The Teleport resources that the settings declare. A reference to another declared resource is that
 * resource's output, so roles are created before their holders and deleted after them.
 */
export class TeleportResources extends pulumi.ComponentResource {
  /** Roles as this update leaves them, known once the operator has accepted or refused all. */
  public readonly roleVersions: pulumi.Output<Record<string, DeployedRole>>;

  private readonly names: ResourceNames = {};
  private readonly args: TeleportResourcesArgs;
  private readonly opts: pulumi.ComponentResourceOptions;

  constructor(
    name: string,
    args: TeleportResourcesArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("access-plane:components:TeleportResources", name, {}, opts);
    this.args = args;
    this.opts = opts;
    const presets = presetsInUse(args.resources).map(
      ([preset, { version, spec, labels = {} }]): [string, DeclaredRole] => [
        preset,
        { version, spec, labels, keep: false, ignore: false },
      ],
    );
    const roles = { ...Object.fromEntries(presets), ...args.resources.roles };

    this.roleVersions = pulumi
      .all(
        Object.entries(roles).map(([role, declared]) =>
          this.role(role, declared, under(args.deployedRoles, role)),
        ),
      )
      .apply((all) =>
        Object.fromEntries(
          all.flatMap(([role, left]) => (left === undefined ? [] : [[role, left]])),
        ),
      );
    for (const collection of COLLECTIONS) {
      if (collection === "roles") continue;
      const declared: Record<string, Declared> = {
        ...args.resources[collection],
        ...(collection === "provisionTokens" ? this.botTokens(args.resources.bots) : {}),
      };
      for (const [resourceName, entry] of Object.entries(declared)) {
        const secret = under(args.clientSecrets?.[collection], resourceName);
        this.add(collection, resourceName, entry, {
          kind: kindOf(collection),
          spec: {
            ...resolveReferences(
              collection,
              entry.spec,
              (to, name) => under(this.names[to], name) ?? name,
            ),
            ...(secret !== undefined && { client_secret: secret }),
            ...(entry.googleServiceAccount !== undefined && {
              google_service_account_uri: googleUri(resourceName),
            }),
          },
        });
      }
    }
    this.registerOutputs({ roleVersions: this.roleVersions });
  }

  private botTokens(bots: PlaneSettings["resources"]["bots"]): Record<string, Declared> {
    const tokens = Object.entries(botTokens(bots));
    return Object.fromEntries(
      tokens.map(([name, spec]) => [name, { spec, labels: {}, keep: false, ignore: false }]),
    );
  }

  private role(
    resourceName: string,
    declared: DeclaredRole,
    previous: DeployedRole | undefined,
  ): pulumi.Output<[string, DeployedRole | undefined]> {
    const { version, keep, holdSpec, leaves, next } = roleStep(
      declared.version,
      declared.keep,
      previous,
    );
    if (next !== undefined) void pulumi.log.warn(`role ${resourceName} ${next}`, this);
    const kind = kindOf("roles", version);
    const kinds = ROLE_VERSIONS.map((other) => kindOf("roles", other));
    const { accepted } = this.add("roles", resourceName, declared, {
      kind,
      spec: declared.spec,
      keep,
      holdSpec,
      formerKinds: kinds.filter((former) => former !== kind),
    });
    // A rejected output of the stack would keep a failed update from ending.
    return accepted.apply((yes): [string, DeployedRole | undefined] => [
      resourceName,
      yes ? leaves : previous,
    ]);
  }

  private add(
    collection: Collection,
    resourceName: string,
    { labels, description, keep, ignore }: Declared,
    rest: Pick<TeleportResourceArgs, "kind" | "spec"> & Partial<TeleportResourceArgs>,
  ): TeleportResource {
    const { parent } = this.opts;
    const { operator, timeoutSeconds, protectTokens = false } = this.args;
    // Its name in the state before roles were settings.
    const former = collection === "roles" && resourceName === "kube-admin";
    const resource = new TeleportResource(
      `${kindInfo(rest.kind).singular}-${resourceName}`,
      {
        resourceName,
        operator,
        timeoutSeconds,
        labels,
        description,
        keep,
        ignore,
        protect: collection === "provisionTokens" && protectTokens,
        ...rest,
      },
      {
        parent: this,
        aliases: former ? [{ name: "kube-admin", ...(parent && { parent }) }] : [],
      },
    );
    (this.names[collection] ??= {})[resourceName] = resource.resourceName;
    return resource;
  }
}
