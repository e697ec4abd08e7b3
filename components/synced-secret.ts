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
      /** Lowest version that may be delivered. Default: the current one. */
      version?: pulumi.Input<string>;
    }
  | { type: "static-role"; mount: string; role: pulumi.Input<string> };

/** Arguments of {@link SyncedSecret}. */
export interface SyncedSecretArgs {
  namespace: pulumi.Input<string>;
  /** Name of the Kubernetes Secret; pods mount it by this name. */
  secretName: string;
  source: SecretSource;
  /**
   * Keys to deliver, as a list, or as a mapping from the key in the Secret to the key in Vault. The sync
   * fails and names the key if one is missing.
   */
  keys: string[] | Record<string, string>;
  /**
   * VaultAuth for the Vault Secrets Operator. Default: Pulumi delivers the Secret and holds its value in
   * the state, encrypted.
   */
  authRef?: pulumi.Input<string>;
  /** How often the operator reads the source again, a Go duration. */
  refreshAfter: string;
  /** Workloads that the operator restarts when the value changes; may be empty. */
  restartTargets: RestartTarget[];
  /** Pulumi refuses to delete it while set. Default: false. */
  protect?: boolean;
  /**
   * Keep the Secret when Pulumi no longer delivers it, until its namespace is deleted. For a Secret that
   * must exist at every moment. Default: false.
   */
  keep?: boolean;
  /** The operator takes over a Secret that Pulumi has delivered until now. Default: false. */
  takeOver?: boolean;
  /** Annotations of the Secret. Default: none. */
  annotations?: Record<string, string>;
}

/** Template that delivers one key. Fails the sync and names the key if the source has none. */
function keyTemplate(key: string): { text: string } {
  const quoted = JSON.stringify(key);
  const missing = JSON.stringify(`key ${key} is missing at the Vault path`);
  return {
    text: `{{- if not (hasKey .Secrets ${quoted}) }}{{ fail ${missing} }}{{ end -}}{{- get .Secrets ${quoted} -}}`,
  };
}

/** Pairs of a key in the Secret and its key in the source. */
const pairs = (keys: SyncedSecretArgs["keys"]): [string, string][] =>
  Array.isArray(keys) ? keys.map((key) => [key, key]) : Object.entries(keys);

/** The revisions of several Secrets as one, see {@link SyncedSecret.revision}. */
export function revisionOf(revisions: (pulumi.Output<string> | undefined)[]) {
  const known = revisions.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : pulumi.all(known).apply((all) => all.join("."));
}

/** Annotation of a delivered Secret: the version in Vault that was current then. */
export const VAULT_VERSION = "access-plane/vault-version";

/** Takes over fields that the operator has set. */
const TAKEN_OVER = { "pulumi.com/patchForce": "true" };

const ROTATED_BY_OPERATOR = "kubernetes:secrets.hashicorp.com/v1beta1:VaultDynamicSecret";

/** A Kubernetes Secret with a value from Vault, ready when all keys of its current arguments are delivered. */
export class SyncedSecret extends pulumi.ComponentResource {
  /** Name of the Secret, known once it exists. */
  public readonly secretName: pulumi.Output<string>;
  /** Changes with the value and does not reveal it; restarts pods. Undefined where the operator restarts them. */
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
   * Reads a static role like a KV v1 path. The operator's own kind for it, VaultDynamicSecret, reads again
   * only when the last known period is over, so it misses a rotation on demand. It would also be another
   * owner, and a change of source could not hand the Secret over.
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
            // Only in this update. Later, the operator would overwrite a Secret that Pulumi delivers again.
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
          // The operator drops an empty list, so every preview would show a change.
          rolloutRestartTargets: args.restartTargets.length === 0 ? undefined : args.restartTargets,
        },
      },
      {
        parent: this,
        protect: args.protect,
        // Release 0.1.0 had that kind; no other kind can take over its Secret.
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
    // The operator's object is deleted after this Secret is created. Kubernetes would then delete the
    // Secret, because that object owned it. With a second owner, Kubernetes keeps it.
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
          // The operator recognizes its own Secrets by this label.
          labels: { "app.kubernetes.io/managed-by": "pulumi" },
          ownerReferences: [
            { apiVersion: "v1", kind: "Namespace", name: args.namespace, uid: owner.uid },
          ],
        },
        stringData,
      },
      // When the operator delivers again, it owns the Secret by then: deleting it would remove its Secret.
      { parent: this, protect: args.protect, retainOnDelete: args.keep },
    );
    const revision =
      args.restartTargets.length === 0
        ? undefined
        : new random.RandomId(name, { byteLength: 8, keepers: stringData }, { parent: this }).hex;
    return { secret, revision };
  }
}
