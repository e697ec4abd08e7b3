import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as vault from "@pulumi/vault";
import { BOOTSTRAP_SCRIPT } from "../teleport/database-bootstrap";
import { AUTH_DEPLOYMENT } from "../teleport/cluster-values";
import { containerSecurityContext, podSecurityContext } from "../teleport/images";
import { caVolume, type PostgresAddress } from "../teleport/postgres";
import { SyncedSecret, type SecretSource } from "./synced-secret";

/** Job that creates role and databases with an administrator's Secret. */
export interface DatabaseBootstrap {
  /** Secret in the namespace with keys `username` and `password`. */
  adminSecret: string;
  /** Image with a POSIX shell and psql 14 or later. */
  image: string;
}

/** Where the password comes from. */
export type CredentialsSource =
  | { source: "existing"; path: string }
  | { source: "generated"; path: string; rotation: string; bootstrap?: DatabaseBootstrap }
  | {
      source: "static-role";
      mount: string;
      connection: string;
      role: string;
      rotationPeriodSeconds: number;
    };

/** API path in Vault that the credentials are read from. */
export function credentialsReadPath(kvMount: string, credentials: CredentialsSource): string {
  return credentials.source === "static-role"
    ? `${credentials.mount}/static-creds/${credentials.role}`
    : `${kvMount}/data/${credentials.path}`;
}

/** Arguments of {@link DatabaseCredentials}. */
export interface DatabaseCredentialsArgs {
  namespace: pulumi.Input<string>;
  /** Secret with keys `username` and `password`. */
  secretName: string;
  /** Database the credentials are for. */
  database: PostgresAddress;
  credentials: CredentialsSource;
  kvMount: string;
  /** VaultAuth of Vault Secrets Operator. Default: Pulumi delivers. */
  authRef?: pulumi.Input<string>;
  /** Go duration. */
  refreshAfter: string;
}

/**
 * PostgreSQL credentials of Teleport's database, from Vault into a Secret. A changed password
 * restarts the auth pods, which read it once, at start.
 */
export class DatabaseCredentials extends pulumi.ComponentResource {
  /** Name of the Secret; who takes it waits for it, and for role and databases. */
  public readonly secretName: pulumi.Output<string>;

  constructor(name: string, args: DatabaseCredentialsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("access-plane:components:DatabaseCredentials", name, args, opts);
    const { credentials } = args;

    const secret = new SyncedSecret(
      name,
      {
        namespace: args.namespace,
        secretName: args.secretName,
        source: this.source(name, args),
        keys: ["username", "password"],
        ...(args.authRef === undefined ? {} : { authRef: args.authRef }),
        refreshAfter: args.refreshAfter,
        restartTargets: [{ kind: "Deployment", name: AUTH_DEPLOYMENT }],
      },
      { parent: this },
    );

    this.secretName =
      credentials.source === "generated" && credentials.bootstrap !== undefined
        ? this.bootstrap(name, args, credentials.bootstrap, credentials.rotation, secret)
        : secret.secretName;
    this.registerOutputs({ secretName: this.secretName });
  }

  private source(name: string, args: DatabaseCredentialsArgs): SecretSource {
    const { credentials, kvMount, database } = args;
    switch (credentials.source) {
      case "existing":
        return { type: "kv-v2", mount: kvMount, path: credentials.path };
      case "generated": {
        const password = new random.RandomPassword(
          name,
          { length: 40, special: false, keepers: { rotation: credentials.rotation } },
          { parent: this },
        );
        const stored = new vault.kv.SecretV2(
          name,
          {
            mount: kvMount,
            name: credentials.path,
            dataJson: pulumi.secret(
              pulumi.jsonStringify({ username: database.user, password: password.result }),
            ),
          },
          { parent: this },
        );
        return { type: "kv-v2", mount: kvMount, path: stored.name };
      }
      case "static-role": {
        const role = new vault.database.SecretBackendStaticRole(
          name,
          {
            backend: credentials.mount,
            name: credentials.role,
            dbName: credentials.connection,
            username: database.user,
            rotationPeriod: credentials.rotationPeriodSeconds,
          },
          { parent: this },
        );
        return { type: "static-role", mount: credentials.mount, role: role.name };
      }
    }
  }

  private bootstrap(
    name: string,
    args: DatabaseCredentialsArgs,
    bootstrap: DatabaseBootstrap,
    rotation: string,
    secret: SyncedSecret,
  ): pulumi.Output<string> {
    const { database } = args;
    const ca = caVolume(database);
    const fromSecret = (variable: string, secretName: pulumi.Input<string>, key: string) => ({
      name: variable,
      valueFrom: { secretKeyRef: { name: secretName, key } },
    });
    const job = new k8s.batch.v1.Job(
      name,
      {
        metadata: { name: `${args.secretName}-bootstrap`, namespace: args.namespace },
        spec: {
          backoffLimit: 4,
          activeDeadlineSeconds: 300,
          template: {
            // A template cannot change, so a rotation makes the Job run again.
            metadata: { annotations: { "access-plane/rotation": rotation } },
            spec: {
              restartPolicy: "Never",
              automountServiceAccountToken: false,
              securityContext: podSecurityContext,
              ...(ca === undefined ? {} : { volumes: [ca.volume] }),
              containers: [
                {
                  name: "bootstrap",
                  image: bootstrap.image,
                  command: ["sh", "-c", BOOTSTRAP_SCRIPT],
                  securityContext: containerSecurityContext,
                  ...(ca === undefined ? {} : { volumeMounts: [ca.mount] }),
                  resources: {
                    requests: { cpu: "10m", memory: "32Mi" },
                    limits: { memory: "128Mi" },
                  },
                  env: [
                    { name: "PGHOST", value: database.host },
                    { name: "PGPORT", value: String(database.port) },
                    { name: "PGSSLMODE", value: database.sslMode },
                    ...(ca === undefined ? [] : [{ name: "PGSSLROOTCERT", value: ca.file }]),
                    fromSecret("PGUSER", bootstrap.adminSecret, "username"),
                    fromSecret("PGPASSWORD", bootstrap.adminSecret, "password"),
                    fromSecret("APP_USER", secret.secretName, "username"),
                    fromSecret("APP_PASSWORD", secret.secretName, "password"),
                    { name: "STATE_DATABASE", value: database.stateDatabase },
                    { name: "AUDIT_DATABASE", value: database.auditDatabase },
                  ],
                },
              ],
            },
          },
        },
      },
      { parent: this, deleteBeforeReplace: true, replaceOnChanges: ["spec.template"] },
    );
    return job.id.apply(() => args.secretName);
  }
}
