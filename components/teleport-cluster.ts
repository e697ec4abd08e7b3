import { Release } from "@pulumi/kubernetes/helm/v3/release";
import * as pulumi from "@pulumi/pulumi";
import { clusterValues, type ClusterValuesArgs } from "../teleport/cluster-values";
import { CLUSTER_RELEASE } from "../teleport/names";
import { releaseArgs, type ChartSource } from "./support/chart-source";

/** Arguments of {@link TeleportCluster}. */
export interface TeleportClusterArgs extends Omit<
  ClusterValuesArgs,
  | "databaseSecretName"
  | "authRevision"
  | "connectorRevision"
  | "tlsSecretName"
  | "recordingsRoleArn"
  | "googleSecrets"
> {
  chart: ChartSource;
  /** Secret with keys `username` and `password`; the release's hooks need it. */
  databaseSecretName: pulumi.Input<string>;
  /** Changes with the password and the licence and so restarts the auth pods. Default: the operator restarts them. */
  authRevision?: pulumi.Input<string>;
  /** The same for the Teleport operator and the client secrets of connectors. */
  connectorRevision?: pulumi.Input<string>;
  /** Secret with the certificate for the apex and the wildcard. */
  tlsSecretName: pulumi.Input<string>;
  /** Secret with the Enterprise licence; the release waits for it. */
  licenseSecretName?: pulumi.Input<string>;
  /** Secrets with keys of Google service accounts, by connector. Default: none. */
  googleSecrets?: Record<string, pulumi.Input<string>>;
  /** AWS role of the auth pods (IRSA). Default: none, or one that Pod Identity gives. */
  recordingsRoleArn?: pulumi.Input<string>;
  /** Output of the bucket of recordings that the release waits for. Default: none. */
  recordingsReady?: pulumi.Input<string>;
  /** Pulumi refuses to delete it while set. */
  protect: boolean;
  /**
   * Helm rolls a failed upgrade back and deletes what it created. Not across major versions: the older
   * version does not start on the migrated database.
   */
  rollBack: boolean;
  /** How long `up` waits for the workloads, in seconds. */
  timeoutSeconds: number;
}

/** Helm release `teleport` of chart `teleport-cluster`: auth, proxies and operator. */
export class TeleportCluster extends pulumi.ComponentResource {
  /** Name of the release and of the proxy Service, known once the workloads are ready. */
  public readonly releaseName: pulumi.Output<string>;
  /** Namespace that the operator watches. Custom resources take it from here, so the operator is created
   *  before them and deleted after them. */
  public readonly operatorNamespace: pulumi.Output<string>;

  constructor(name: string, args: TeleportClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("access-plane:components:TeleportCluster", name, args, opts);

    const release = new Release(
      name,
      {
        name: CLUSTER_RELEASE,
        namespace: args.namespace,
        ...releaseArgs("teleport-cluster", args.chart, args),
        values: pulumi
          .all([
            args.databaseSecretName,
            args.tlsSecretName,
            args.authRevision,
            args.connectorRevision,
            args.recordingsRoleArn,
            pulumi.all(args.googleSecrets ?? {}),
            args.licenseSecretName,
            args.recordingsReady,
          ])
          .apply(([databaseSecretName, tlsSecretName, auth, connector, role, google]) =>
            clusterValues({
              ...args,
              databaseSecretName,
              tlsSecretName,
              authRevision: auth,
              connectorRevision: connector,
              recordingsRoleArn: role,
              googleSecrets: google,
            }),
          ),
      },
      { parent: this, protect: args.protect },
    );

    this.releaseName = release.name;
    this.operatorNamespace = release.namespace;
    this.registerOutputs({
      releaseName: this.releaseName,
      operatorNamespace: this.operatorNamespace,
    });
  }
}
