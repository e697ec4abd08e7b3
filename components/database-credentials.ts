import * as batch from "@pulumi/kubernetes/batch/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import { SecretBackendStaticRole } from "@pulumi/vault/database";
import { SecretV2 } from "@pulumi/vault/kv";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { KvSource, VaultSecret } from "../inventory/secrets";
import type { PlaneSettings } from "../settings/schema";
import { BOOTSTRAP_SCRIPT } from "../teleport/database-bootstrap";
import {
  containerSecurityContext,
  imageOf,
  type Images,
  podSecurityContext,
  pullValues,
} from "../teleport/images";
import { nonEmpty, type Pods } from "../teleport/pods";
import { caVolume, type PostgresAddress } from "../teleport/postgres";
import { SyncedSecret, type SecretSource } from "./synced-secret";

/** Where the password comes from. */
export type CredentialsSource = PlaneSettings["database"]["credentials"];
type Generated = Extract<CredentialsSource, { source: "generated" }>;

/** Arguments of {@link DatabaseCredentials}. */
export interface DatabaseCredentialsArgs {
  images: Images;
  /** Where the bootstrap Job runs. */
  placement: Pick<Pods, "nodeSelector" | "tolerations" | "priorityClassName">;
  namespace: pulumi.Input<string>;
  /** Secret with keys `username` and `password`, and where it comes from. */
  secret: VaultSecret;
  /** Database the credentials are for. */
  database: PostgresAddress;
  credentials: CredentialsSource;
  /** VaultAuth of Vault Secrets Operator. Default: Pulumi delivers. */
  authRef?: pulumi.Input<string>;
  /** See {@link SyncedSecretArgs.takeOver}. */
  takeOver?: boolean;
  /** Pulumi refuses to delete what holds the password while set. */
  protect: boolean;
}

/**
 * How often the operator looks for a new password, a Go duration. After a rotation by Vault or by a
 * person, PostgreSQL refuses new connections for that long. Open connections stay.
 */
const REFRESH_AFTER = "10s";

/**
 * PostgreSQL credentials of Teleport, from Vault into a Secret. The auth pods read the password once, at
 * start, so a changed password restarts them. A generated password changes in PostgreSQL first, then in
 * Vault, then in the Secret: no auth pod starts with a password that PostgreSQL refuses.
 */
export class DatabaseCredentials extends pulumi.ComponentResource {
  /** Name of the Secret, known once the Secret, the role and the databases exist. */
  public readonly secretName: pulumi.Output<string>;
  /** See {@link SyncedSecret.revision}. */
  public readonly revision: pulumi.Output<string> | undefined;

  constructor(name: string, args: DatabaseCredentialsArgs, opts?: pulumi.ComponentResourceOptions) {
    const { namespace, credentials, authRef, protect } = args;
    const { secretName, keys, restartTargets } = args.secret;
    super("access-plane:components:DatabaseCredentials", name, { secretName, credentials }, opts);

    const secret = new SyncedSecret(
      name,
      {
        namespace,
        secretName,
        source: this.source(name, args),
        keys: Object.keys(keys),
        authRef,
        protect,
        keep: true,
        takeOver: args.takeOver,
        refreshAfter: REFRESH_AFTER,
        restartTargets,
      },
      { parent: this },
    );

    this.secretName = secret.secretName;
    this.revision = secret.revision;
    this.registerOutputs({ secretName: this.secretName });
  }

  private source(name: string, args: DatabaseCredentialsArgs): SecretSource {
    const { credentials, secret } = args;
    const { source } = secret;
    if (source.type === "static-role" && credentials.source === "static-role") {
      const role = new SecretBackendStaticRole(
        name,
        {
          backend: source.mount,
          name: source.role,
          dbName: source.connection,
          username: args.database.user,
          rotationPeriod: credentials.rotationPeriodSeconds,
        },
        { parent: this },
      );
      return { type: "static-role", mount: source.mount, role: role.name };
    }
    if (source.type === "kv-v2" && credentials.source === "generated") {
      return this.generated(name, args, source, credentials);
    }
    return source;
  }

  /** Makes a password and writes it to PostgreSQL (if there is a bootstrap Job) and then to Vault. */
  private generated(
    name: string,
    args: DatabaseCredentialsArgs,
    { mount, path }: KvSource,
    { bootstrap, rotation }: Generated,
  ): SecretSource {
    const password = new random.RandomPassword(
      name,
      { length: 40, special: false, keepers: { rotation } },
      { parent: this },
    );
    const altered =
      bootstrap && this.bootstrap(name, args, { ...bootstrap, rotation }, password.result);
    const stored = new SecretV2(
      name,
      {
        mount,
        name: path,
        dataJson: pulumi.secret(
          pulumi.jsonStringify({ username: args.database.user, password: password.result }),
        ),
      },
      { parent: this, dependsOn: altered },
    );
    const version = stored.metadata.apply(({ version = "" }) => version);
    return { type: "kv-v2", mount, path: stored.name, version };
  }

  /** Creates the role and the databases; the role gets the password that Vault will hold. */
  private bootstrap(
    name: string,
    args: DatabaseCredentialsArgs,
    { adminSecret, image, rotation }: NonNullable<Generated["bootstrap"]> & { rotation: string },
    password: pulumi.Output<string>,
  ): batch.Job {
    const { database, namespace, placement } = args;
    const { imagePullPolicy, imagePullSecrets } = pullValues(args.images);
    const objectName = `${args.secret.secretName}-bootstrap`;
    const ca = caVolume(database);
    const fromSecret = (variable: string, secretName: pulumi.Input<string>, key: string) => ({
      name: variable,
      valueFrom: { secretKeyRef: { name: secretName, key } },
    });
    const next = new core.Secret(
      `${name}-bootstrap`,
      { metadata: { name: objectName, namespace }, stringData: { password } },
      { parent: this },
    );
    return new batch.Job(
      name,
      {
        metadata: { name: objectName, namespace },
        spec: {
          backoffLimit: 4,
          activeDeadlineSeconds: 300,
          template: {
            // A Job's template is immutable, so this annotation makes a rotation replace the Job.
            metadata: { annotations: { "access-plane/rotation": rotation } },
            spec: {
              restartPolicy: "Never",
              automountServiceAccountToken: false,
              securityContext: podSecurityContext,
              nodeSelector: nonEmpty(placement.nodeSelector),
              tolerations: nonEmpty(placement.tolerations),
              priorityClassName: placement.priorityClassName,
              imagePullSecrets,
              volumes: ca && [ca.volume],
              containers: [
                {
                  name: "bootstrap",
                  image: image ?? imageOf(args.images, "bootstrap"),
                  imagePullPolicy,
                  command: ["sh", "-c", BOOTSTRAP_SCRIPT],
                  securityContext: containerSecurityContext,
                  volumeMounts: ca && [ca.mount],
                  resources: {
                    requests: { cpu: "10m", memory: "32Mi" },
                    limits: { memory: "128Mi" },
                  },
                  env: [
                    { name: "PGHOST", value: database.host },
                    { name: "PGPORT", value: String(database.port) },
                    { name: "PGSSLMODE", value: database.sslMode },
                    ...(ca === undefined ? [] : [{ name: "PGSSLROOTCERT", value: ca.file }]),
                    fromSecret("PGUSER", adminSecret, "username"),
                    fromSecret("PGPASSWORD", adminSecret, "password"),
                    { name: "APP_USER", value: database.user },
                    fromSecret("APP_PASSWORD", next.metadata.name, "password"),
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
  }
}
