import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { agentValues, type AgentValuesArgs } from "../teleport/agent-values";
import { appHost } from "../teleport/names";
import { chartArgs, type ChartSource } from "./chart-source";

/** Arguments of {@link TeleportAgent}. */
export interface TeleportAgentArgs extends Omit<
  AgentValuesArgs,
  | "tokenName"
  | "credentialsSecretName"
  | "chartVersion"
  | "clusterName"
  | "proxyAddress"
  | "namespace"
> {
  chart: ChartSource;
  clusterName: pulumi.Input<string>;
  /** `HOST:PORT` at which it joins. */
  proxyAddress: pulumi.Input<string>;
  namespace: pulumi.Input<string>;
  /** Provision token, join method `kubernetes`, that allows this release's service account. */
  tokenName: pulumi.Input<string>;
  /** Secret with the header secrets. */
  credentialsSecretName?: pulumi.Input<string>;
  /** How long `up` waits for the pods, in seconds. */
  timeoutSeconds: number;
}

/** Helm release of chart `teleport-kube-agent` that publishes apps behind the proxy. */
export class TeleportAgent extends pulumi.ComponentResource {
  /** Name of the release and of its StatefulSet, who takes it waits for the pods. */
  public readonly releaseName: pulumi.Output<string>;
  /** Name of the release, also before it is there. */
  public readonly name: string;
  /** Public address of each app, once the pods serve them. */
  public readonly apps: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: TeleportAgentArgs, opts?: pulumi.ComponentResourceOptions) {
    super("access-plane:components:TeleportAgent", name, args, opts);

    const { tokenName, credentialsSecretName, clusterName, proxyAddress, namespace, ...plain } =
      args;
    const release = new k8s.helm.v3.Release(
      name,
      {
        name: args.releaseName,
        namespace: args.namespace,
        ...chartArgs("teleport-kube-agent", args.chart),
        values: pulumi
          .all([tokenName, clusterName, proxyAddress, namespace, credentialsSecretName])
          .apply(([token, cluster, proxy, place, secret]) =>
            agentValues({
              ...plain,
              tokenName: token,
              clusterName: cluster,
              proxyAddress: proxy,
              namespace: place,
              chartVersion: args.chart.version,
              ...(secret === undefined ? {} : { credentialsSecretName: secret }),
            }),
          ),
        timeout: args.timeoutSeconds,
        atomic: true,
        cleanupOnFail: true,
        maxHistory: 10,
      },
      { parent: this },
    );

    this.name = args.releaseName;
    this.releaseName = release.name;
    this.apps = pulumi
      .all([clusterName, release.name])
      .apply(([cluster]) =>
        Object.fromEntries(args.apps.map((app) => [app.name, `https://${appHost(app, cluster)}`])),
      );
    this.registerOutputs({ releaseName: this.releaseName, apps: this.apps });
  }
}
