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
import { inTurn } from "./support/in-turn";
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
  /** Tells by its name in the program whether Pulumi refuses to delete another resource. Default: none. */
  isGuarded?: (name: string) => boolean;
  /** Seconds that the operator has for each of them. Default: 120. */
  timeoutSeconds?: number;
}

/** A resource as settings declare it. */
type Declared = Pick<TeleportResourceArgs, "labels" | "description" | "keep" | "ignore"> & {
  spec: object;
  /** Where Vault keeps the key of a Google service account. */
  googleServiceAccount?: object;
};
type DeclaredRole = Declared & Pick<DeployedRole, "version">;

/** Names in Teleport of the declared resources, by collection and name. */
type ResourceNames = Partial<Record<Collection, Partial<Record<string, pulumi.Output<string>>>>>;

/** A resource, with what it leaves for the next update: the role, if it is one. */
interface Made {
  resource: TeleportResource;
  result: pulumi.Input<[role: string, DeployedRole][]>;
}

/** Provision tokens of the bots with `join`. */
const botTokenSpecs = (bots: PlaneSettings["resources"]["bots"]): Record<string, Declared> =>
  Object.fromEntries(Object.entries(botTokens(bots)).map(([name, spec]) => [name, { spec }]));

/** Value of a mapping by name; the name may be one that every object has, such as `constructor`. */
const under = <T>(map: Partial<Record<string, T>> | undefined, name: string): T | undefined =>
  map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;

/**
 * The Teleport resources that the settings declare. A reference to another declared resource is that
 * resource's output, so roles are created before their holders and deleted after them.
 */
export class TeleportResources extends pulumi.ComponentResource {
  /** Roles as this update leaves them, known once all resources are registered and the operator has judged the roles. */
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
    const { roles, bots } = args.resources;
    const allRoles: Record<string, DeclaredRole> = {
      ...Object.fromEntries(presetsInUse(args.resources)),
      ...roles,
    };
    // In an order in which all that a resource refers to comes before it.
    const makers: (() => Made)[] = [
      ...Object.entries(allRoles).map((role) => () => this.role(...role)),
      ...COLLECTIONS.flatMap((collection) => {
        if (collection === "roles") return [];
        const declared: Record<string, Declared> = {
          ...args.resources[collection],
          ...(collection === "provisionTokens" && botTokenSpecs(bots)),
        };
        return Object.entries(declared).map((entry) => () => ({
          resource: this.other(collection, ...entry),
          result: [],
        }));
      }),
    ];
    const left = inTurn(makers, (make) => make());
    this.roleVersions = pulumi.output(left).apply((all) => Object.fromEntries(all.flat()));
    this.registerOutputs({ roleVersions: this.roleVersions });
  }

  /** A role, and what the next update has to know of it. */
  private role(resourceName: string, declared: DeclaredRole): Made {
    const previous = under(this.args.deployedRoles, resourceName);
    const { version, keep, holdSpec, leaves, next } = roleStep(
      declared.version,
      declared.keep ?? false,
      previous,
    );
    if (next !== undefined) void pulumi.log.warn(`role ${resourceName} ${next}`, this);
    const kind = kindOf("roles", version);
    const kinds = ROLE_VERSIONS.map((other) => kindOf("roles", other));
    const resource = this.add("roles", resourceName, declared, {
      kind,
      spec: declared.spec,
      keep,
      holdSpec,
      formerKinds: kinds.filter((former) => former !== kind),
    });
    // A rejected output of the stack would keep a failed update from ending.
    const result = resource.accepted.apply((yes): [string, DeployedRole][] => {
      const left = yes ? leaves : previous;
      return left === undefined ? [] : [[resourceName, left]];
    });
    return { resource, result };
  }

  private other(
    collection: Exclude<Collection, "roles">,
    resourceName: string,
    declared: Declared,
  ): TeleportResource {
    const secret = under(this.args.clientSecrets?.[collection], resourceName);
    return this.add(collection, resourceName, declared, {
      kind: kindOf(collection),
      spec: {
        ...resolveReferences(
          collection,
          declared.spec,
          (to, name) => under(this.names[to], name) ?? name,
        ),
        ...(secret !== undefined && { client_secret: secret }),
        ...(declared.googleServiceAccount !== undefined && {
          google_service_account_uri: googleUri(resourceName),
        }),
      },
    });
  }

  private add(
    collection: Collection,
    resourceName: string,
    { labels, description, keep, ignore }: Declared,
    rest: Pick<TeleportResourceArgs, "kind" | "spec"> & Partial<TeleportResourceArgs>,
  ): TeleportResource {
    const { parent } = this.opts;
    const { operator, timeoutSeconds, protectTokens = false, isGuarded = () => false } = this.args;
    const name = `${kindInfo(rest.kind).singular}-${resourceName}`;
    // Its name in the state before roles were settings.
    const former = collection === "roles" && resourceName === "kube-admin";
    const resource = new TeleportResource(
      name,
      {
        resourceName,
        operator,
        timeoutSeconds,
        labels,
        description,
        keep,
        ignore,
        protect: collection === "provisionTokens" ? protectTokens : isGuarded(name),
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
