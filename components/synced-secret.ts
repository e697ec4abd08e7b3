import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";

/** A workload restarted when the secret's value changes. */
export interface RestartTarget {
  kind: "Deployment" | "StatefulSet";
  name: string;
}

/** Where a value comes from: a KV v2 path, or a static role of a database engine. */
export type SecretSource =
  | { type: "kv-v2"; mount: string; path: pulumi.Input<string> }
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
  /** How often the operator reads KV paths again, a Go duration. */
  refreshAfter: string;
  /** Rolled by the operator when the value changes; none when empty. */
  restartTargets: RestartTarget[];
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

/** A Kubernetes Secret whose value lives in Vault; ready when it is synced with all its keys. */
export class SyncedSecret extends pulumi.ComponentResource {
  /** Name of the Secret; who takes it waits for it to be there. */
  public readonly secretName: pulumi.Output<string>;

  constructor(name: string, args: SyncedSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("access-plane:components:SyncedSecret", name, args, opts);
    const secret =
      args.authRef === undefined ? this.byPulumi(name, args) : this.byOperator(name, args);
    this.secretName = secret.metadata.name;
    this.registerOutputs({ secretName: this.secretName });
  }

  private byOperator(name: string, args: SyncedSecretArgs) {
    const { source } = args;
    const fromSource =
      source.type === "kv-v2"
        ? { type: "kv-v2", path: source.path, refreshAfter: args.refreshAfter }
        : { path: pulumi.interpolate`static-creds/${source.role}`, allowStaticCreds: true };
    return new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "secrets.hashicorp.com/v1beta1",
        kind: source.type === "kv-v2" ? "VaultStaticSecret" : "VaultDynamicSecret",
        metadata: {
          name: args.secretName,
          namespace: args.namespace,
          annotations: {
            "pulumi.com/waitFor": "jsonpath={.status.secretMAC}",
            "pulumi.com/timeoutSeconds": "180",
          },
        },
        spec: {
          vaultAuthRef: args.authRef,
          mount: source.mount,
          ...fromSource,
          destination: {
            name: args.secretName,
            create: true,
            ...(args.annotations === undefined ? {} : { annotations: args.annotations }),
            transformation: {
              excludeRaw: true,
              excludes: [".*"],
              templates: Object.fromEntries(
                pairs(args.keys).map(([name, key]) => [name, keyTemplate(key)]),
              ),
            },
          },
          // The operator drops an empty list when it writes the object, which is then a change for ever.
          ...(args.restartTargets.length === 0
            ? {}
            : { rolloutRestartTargets: args.restartTargets }),
        },
      },
      { parent: this },
    );
  }

  private byPulumi(name: string, args: SyncedSecretArgs) {
    const { source } = args;
    if (source.type !== "kv-v2") {
      throw new pulumi.ResourceError(
        "a static role rotates by itself, so only the Vault Secrets Operator can deliver it; " +
          "set vault.delivery to operator",
        this,
      );
    }
    const found = vault.kv.getSecretV2Output(
      { mount: source.mount, name: source.path },
      { parent: this },
    );
    const stringData = pulumi.secret(
      found.data.apply((data) => {
        const missing = pairs(args.keys).flatMap(([, key]) => (key in data ? [] : [key]));
        if (missing.length > 0) {
          throw new pulumi.ResourceError(
            `Vault path ${source.mount}/${args.secretName}: missing keys ${missing.join(", ")}`,
            this,
          );
        }
        return Object.fromEntries(pairs(args.keys).map(([name, key]) => [name, String(data[key])]));
      }),
    );
    return new k8s.core.v1.Secret(
      name,
      {
        metadata: {
          name: args.secretName,
          namespace: args.namespace,
          ...(args.annotations === undefined ? {} : { annotations: args.annotations }),
        },
        stringData,
      },
      { parent: this },
    );
  }
}
