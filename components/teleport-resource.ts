import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as pulumi from "@pulumi/pulumi";
import type { Specs } from "../teleport/resources/shape";
import { apiVersion, type TeleportKind } from "../teleport/resources/kinds";
import { OPERATOR_SECONDS, operatorVerdict, type Operator } from "./support/operator-verdict";

/** A value any part of which may be an output. */
export type Inputs<T> = pulumi.Input<
  T extends readonly (infer Item)[]
    ? Inputs<Item>[]
    : T extends object
      ? { [Key in keyof T]: Inputs<T[Key]> }
      : T
>;

/** Arguments of {@link TeleportResource}. */
export interface TeleportResourceArgs<Kind extends TeleportKind = TeleportKind> {
  /** Kind of the custom resource. */
  kind: Kind;
  /** Name in Kubernetes and in Teleport, RFC 1123. */
  resourceName: string;
  operator: Operator;
  /** Spec, with the field names of the kind's CRD. */
  spec: Inputs<Specs[Kind]>;
  /** Labels in Teleport. Default: none. */
  labels?: Record<string, pulumi.Input<string>>;
  /** Description in Teleport. Default: none. */
  description?: pulumi.Input<string>;
  /** Leave the resource in Teleport when this one is deleted. Default: false. */
  keep?: boolean;
  /**
   * The operator ignores the object, its deletion too, which would hang. So the object is protected, and
   * the update does not wait for it. Default: false.
   */
  ignore?: boolean;
  /** Pulumi refuses to delete it while set. Default: false. */
  protect?: boolean;
  /** Former kinds of the object. It is replaced, and the old one is deleted first. */
  formerKinds?: TeleportKind[];
  /** Leave the spec unchanged. Default: false. */
  holdSpec?: boolean;
  /** Seconds that the operator has to accept or delete it; after them the update fails. Default: 120. */
  timeoutSeconds?: number;
}

/** Options of {@link TeleportResource}. */
export interface TeleportResourceOptions {
  /** Default: the stack. */
  parent?: pulumi.Resource;
  /** Former names and parents. Default: none. */
  aliases?: readonly FormerName[];
}
interface FormerName {
  name?: string;
  parent?: pulumi.Resource;
}

/** Each object had a component of its own, which was its parent. */
const FORMER_PARENT = "access-plane:components:TeleportResource";

/**
 * URNs that the object may have in the state: as one of its former kinds, and as any below the component that it had.
 * They are texts, since the SDK makes four times as many outputs of an alias by name, type and parent.
 */
function aliasesOf(
  kind: TeleportKind,
  formerKinds: readonly TeleportKind[],
  names: readonly { name: string; parent: pulumi.Resource | undefined }[],
): pulumi.Output<string>[] {
  const types = [kind, ...formerKinds].map((each) => `kubernetes:${apiVersion(each)}:${each}`);
  const below = types.map((type) => `${FORMER_PARENT}$${type}`);
  return names.flatMap(({ name, parent }, index) => {
    const prefix = pulumi.createUrn("", "", parent);
    const former = index === 0 ? [...types.slice(1), ...below] : below;
    return former.map((chain) => prefix.apply((urn) => urn.replace(/::$/, `${chain}::${name}`)));
  });
}

/**
 * A custom resource of the Teleport operator. Ready when all three of the operator's conditions are True
 * some seconds after a change. A refusal fails the update with the operator's message. No component stands
 * around it: with two resources for each object, the first update of a thousand takes five times as long.
 */
export class TeleportResource<Kind extends TeleportKind = TeleportKind> extends CustomResource {
  /** Name in Teleport, known once the operator has created it there. */
  public readonly resourceName: pulumi.Output<string>;
  /** False when the operator has refused it. Unlike `resourceName`, it does not reject then. */
  public readonly accepted: pulumi.Output<boolean>;

  constructor(
    name: string,
    args: TeleportResourceArgs<Kind>,
    { parent, aliases = [] }: TeleportResourceOptions = {},
  ) {
    const { namespace, statusOf } = args.operator;
    const { kind, resourceName, labels = {}, description, keep = false, ignore = false } = args;
    const { formerKinds = [], holdSpec = false, timeoutSeconds = OPERATOR_SECONDS } = args;
    const annotations = {
      ...(description !== undefined && { description }),
      ...(keep && { "teleport.dev/keep": "true" }),
      ...(ignore && { "teleport.dev/ignore": "true" }),
    };

    super(
      name,
      {
        apiVersion: apiVersion(kind),
        kind,
        metadata: {
          name: resourceName,
          namespace,
          // An empty map would be a change on every update.
          labels: Object.keys(labels).length === 0 ? undefined : labels,
          annotations: Object.keys(annotations).length === 0 ? undefined : annotations,
        },
        spec: args.spec,
      },
      {
        parent,
        protect: ignore || args.protect === true,
        aliases: aliasesOf(
          kind,
          formerKinds,
          [{}, ...aliases].map((former) => ({ name, parent, ...former })),
        ),
        // With a new name, the old object is deleted last: agents may still join with it.
        deleteBeforeReplace: formerKinds.length > 0,
        replaceOnChanges: ["apiVersion", "kind"],
        ignoreChanges: holdSpec ? ["spec"] : [],
        customTimeouts: { delete: `${timeoutSeconds}s` },
      },
    );

    const problem = ignore
      ? this.urn.apply((): string | undefined => undefined)
      : operatorVerdict(this, { kind, statusOf, timeoutSeconds });
    this.accepted = problem.apply((words) => words === undefined);
    this.resourceName = problem.apply((words) => {
      if (words !== undefined) {
        throw new pulumi.ResourceError(`${kind} ${resourceName}: ${words}`, this);
      }
      return resourceName;
    });
  }
}
