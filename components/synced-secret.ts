import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as core from "@pulumi/kubernetes/core/v1";
import { getSecretOutput } from "@pulumi/vault/generic";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { STATIC_CREDENTIALS, type RestartTarget } from "../inventory/secrets";
import { SYNCED, waitFor } from "./support/wait-for";

/** Where a value comes from: a KV v2 path, or a static role of a database engine. */
export type SecretSource =
  | {
      type: "kv-v2";
      mount: string;
      path: pulumi.Input<string>;
      /** Version that must be delivered at least. Default: whichever is there. */
      version?: pulumi.Input<string>;
    }
  | { type: "static-role"; mount: string; role: pulumi.Input<string> };

/** Arguments of {@link SyncedSecret}. */
export interface SyncedSecretArgs {
  namespace: pulumi.Input<string>;
  /** Name of the Kubernetes Secret, a contract with whoever mounts it. */
  secretName: string;
  source: SecretSource;
  /**
   * Keys that must be there, or new names of theirs by what they are in the Secret; only these are
   * delivered. A missing one fails the sync by name.
   */
  keys: string[] | Record<string, string>;
  /**
   * Name of the VaultAuth by which Vault Secrets Operator delivers. Default: Pulumi delivers, and
   * then holds the value in its state, as a secret.
   */
  authRef?: pulumi.Input<string>;
  /** How often the operator reads the source again, a Go duration. */
  refreshAfter: string;
  /** Rolled by the operator when the value changes; none when empty. */
  restartTargets: RestartTarget[];
  /** Pulumi refuses to delete it while set. Default: false. */
  protect?: boolean;
  /**
   * The Secret stays when Pulumi no longer delivers it, until its namespace goes; for one that must be
   * there at every moment. Default: false.
   */
  keep?: boolean;
  /** The operator takes over a Secret that Pulumi delivered until this update. Default: false. */
  takeOver?: boolean;
  /** Annotations of the Secret. Default: none. */
  annotations?: Record<string, string>;
}

/** Template that delivers one key and fails the sync, by name, when the source has none. */
function keyTemplate(key: string): { text: string } {
  const quoted = JSON.stringify(key);
  const missing = JSON.stringify(`key ${key} is missing at the Vault path`);
  return {
    text: `{{- if not (hasKey .Secrets ${quoted}) }}{{ fail ${missing} }}{{ end -}}{{- get .Secrets ${quoted} -}}`,
  };
}

/** Pairs of a key of the Secret and the key of the source that it comes from. */
const pairs = (keys: SyncedSecretArgs["keys"]): [string, string][] =>
  Array.isArray(keys) ? keys.map((key) => [key, key]) : Object.entries(keys);

/** One revision of several Secrets, see {@link SyncedSecret.revision}. */
export const revisionOf = (revisions: pulumi.Output<string>[]) =>
  revisions.length === 0 ? undefined : pulumi.all(revisions).apply((all) => all.join("."));

/** Annotation of a delivered Secret: the version in Vault that it was made for. */
export const VAULT_VERSION = "access-plane/vault-version";

/** Takes over fields that the operator set before. */
const TAKEN_OVER = { "pulumi.com/patchForce": "true" };

const ROTATED_BY_OPERATOR = "kubernetes:secrets.hashicorp.com/v1beta1:VaultDynamicSecret";

/**
 * A Kubernetes Secret whose value lives in Vault; ready when all its keys are delivered for the
 * arguments as they are now.
 */
export class SyncedSecret extends pulumi.ComponentResource {
  /** Name of the Secret; who takes it waits for it to be there. */
  public readonly secretName: pulumi.Output<string>;
  /**
   * Changes with the value and says nothing of it; for pods that Pulumi has to restart. Undefined
   * where the operator restarts them.
   */
  public readonly revision: pulumi.Output<string> | undefined;

  constructor(name: string, args: SyncedSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("access-plane:components:SyncedSecret", name, args, opts);
    if (args.authRef === undefined) {
      const { secret, revision } = this.byPulumi(name, args);
      this.secretName = secret.metadata.name;
      this.revision = revision;
    } else {
      this.secretName = this.byOperator(name, args).metadata.name;
    }
    this.registerOutputs({ secretName: this.secretName });
  }

  /**
   * A static role is read like a KV v1 path. The operator's own kind for it, VaultDynamicSecret,
   * reads again when the period that it last saw is over, so that it misses a rotation on demand;
   * and it is another owner, so that no change of source could hand the Secret over.
   */
  private byOperator(name: string, args: SyncedSecretArgs) {
    const { source } = args;
    const version = source.type === "kv-v2" ? source.version : undefined;
    return new CustomResource(
      name,
      {
        apiVersion: "secrets.hashicorp.com/v1beta1",
        kind: "VaultStaticSecret",
        metadata: {
          name: args.secretName,
          namespace: args.namespace,
          annotations: waitFor(SYNCED, 180),
        },
        spec: {
          vaultAuthRef: args.authRef,
          mount: source.mount,
          ...(source.type === "kv-v2"
            ? { type: "kv-v2", path: source.path }
            : { type: "kv-v1", path: pulumi.interpolate`${STATIC_CREDENTIALS}/${source.role}` }),
          refreshAfter: args.refreshAfter,
          destination: {
            name: args.secretName,
            create: true,
            // Only in this update: later, the operator would take back what Pulumi delivers again.
            overwrite: args.takeOver,
            annotations:
              version === undefined
                ? args.annotations
                : { ...args.annotations, [VAULT_VERSION]: version },
            transformation: {
              excludeRaw: true,
              excludes: [".*"],
              templates: Object.fromEntries(
                pairs(args.keys).map(([name, key]) => [name, keyTemplate(key)]),
              ),
            },
          },
          // The operator drops an empty list when it writes the object, so every preview would show a change.
          rolloutRestartTargets: args.restartTargets.length === 0 ? undefined : args.restartTargets,
        },
      },
      {
        parent: this,
        protect: args.protect,
        // Release 0.1.0 had that kind, whose Secret no other may take over.
        ...(source.type === "static-role" && {
          aliases: [{ type: ROTATED_BY_OPERATOR }],
          replaceOnChanges: ["kind"],
          deleteBeforeReplace: true,
        }),
      },
    );
  }

  private byPulumi(name: string, args: SyncedSecretArgs) {
    const { source } = args;
    if (source.type !== "kv-v2") {
      throw new pulumi.ResourceError(
        "a static role rotates by itself, so only the Vault Secrets Operator can deliver it; " +
          "set vault.delivery to operator",
        this,
        true,
      );
    }
    const path = pulumi.interpolate`${source.mount}/${source.path}`;
    const found = getSecretOutput({ path, withLeaseStartTime: false }, { parent: this });
    const stringData = pulumi.secret(
      pulumi.all([found.data, path]).apply(([data, from]) => {
        const missing = pairs(args.keys).flatMap(([, key]) => (key in data ? [] : [key]));
        if (missing.length > 0) {
          throw new pulumi.ResourceError(
            `Vault path ${from}: missing keys ${missing.join(", ")}; add them there`,
            this,
            true,
          );
        }
        return Object.fromEntries(pairs(args.keys).map(([name, key]) => [name, String(data[key])]));
      }),
    );
    // The operator's object is deleted after this one is made, and Kubernetes would then collect the
    // Secret that it owned: with another owner it only forgets the one that is gone.
    const { metadata: owner } = core.Namespace.get(`${name}-namespace`, args.namespace, {
      parent: this,
    });
    const secret = new core.Secret(
      name,
      {
        metadata: {
          name: args.secretName,
          namespace: args.namespace,
          annotations: { ...args.annotations, ...TAKEN_OVER },
          // The operator takes a Secret for its own by this label.
          labels: { "app.kubernetes.io/managed-by": "pulumi" },
          ownerReferences: [
            { apiVersion: "v1", kind: "Namespace", name: args.namespace, uid: owner.uid },
          ],
        },
        stringData,
      },
      // When the operator delivers again, it has the Secret by then: to delete it would take it away.
      { parent: this, protect: args.protect, retainOnDelete: args.keep },
    );
    const revision =
      args.restartTargets.length === 0
        ? undefined
        : new random.RandomId(name, { byteLength: 8, keepers: stringData }, { parent: this }).hex;
    return { secret, revision };
  }
}
