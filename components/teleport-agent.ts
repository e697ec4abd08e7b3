import * as core from "@pulumi/kubernetes/core/v1";
import { Release } from "@pulumi/kubernetes/helm/v3/release";
import * as pulumi from "@pulumi/pulumi";
import { agentValues, type AgentValuesArgs } from "../teleport/agent-values";
import { hasSecret, headerProxyConfigMap, headerProxyData } from "../teleport/headers/inject";
import { releaseArgs, type ChartSource } from "./support/chart-source";

/** Values that are outputs of other resources. */
interface Awaited {
  clusterName: pulumi.Input<string>;
  /** `HOST:PORT` that it joins at. */
  proxyAddress: pulumi.Input<string>;
  /** Address that the cluster's name has in the pods. Default: the one from DNS. */
  proxyIp?: pulumi.Input<string>;
  /** Secret with the header secrets. */
  credentialsSecretName?: pulumi.Input<string>;
  /** Secret with the join token itself. */
  joinSecretName?: pulumi.Input<string>;
  /** Secret with the kubeconfig. */
  kubeconfigSecretName?: pulumi.Input<string>;
  /** Changes with these Secrets and so restarts the pods. Default: the operator restarts them. */
  secretRevision?: pulumi.Input<string>;
}

/** Arguments of {@link TeleportAgent}. */
export interface TeleportAgentArgs
  extends Awaited, Omit<AgentValuesArgs, keyof Awaited | "chartVersion"> {
  namespace: pulumi.Input<string>;
  chart: ChartSource;
  /** Provision token for this release's pods; the release waits for it. */
  tokenName?: pulumi.Input<string>;
  /**
   * Dynamic apps of this agent, known once they are accepted. An app that moves out of the agent's
   * configuration must be registered before the pods restart without it.
   */
  acceptedApps?: pulumi.Output<string[]>;
  /** Release that must be up before this one. */
  previousAgent?: pulumi.Output<string>;
  /** How long `up` waits for the pods, in seconds. */
  timeoutSeconds: number;
}

/** Helm release of chart `teleport-kube-agent`: pods that publish apps, clusters, databases. */
export class TeleportAgent extends pulumi.ComponentResource {
  /** Name of the release and of its StatefulSet, known once the pods are ready. */
  public readonly releaseName: pulumi.Output<string>;
  /** Name of the release, known at once. */
  public readonly name: string;

  constructor(name: string, args: TeleportAgentArgs, opts?: pulumi.ComponentResourceOptions) {
    const { acceptedApps, previousAgent, ...saved } = args;
    super("access-plane:components:TeleportAgent", name, saved, opts);

    const { chart, timeoutSeconds, namespace, tokenName, ...rest } = saved;
    const { clusterName, proxyAddress, proxyIp, secretRevision, ...others } = rest;
    const { credentialsSecretName, joinSecretName, kubeconfigSecretName, ...plain } = others;
    const secretNames = { credentialsSecretName, joinSecretName, kubeconfigSecretName };
    const values = pulumi
      .output({
        awaited: { clusterName, proxyAddress, proxyIp, secretRevision, ...secretNames },
        waitsFor: [tokenName, acceptedApps, previousAgent],
      })
      .apply(({ awaited }) => agentValues({ ...plain, ...awaited, chartVersion: chart.version }));
    const proxied = [...args.apps, ...args.injectedApps].filter(hasSecret);
    const dependsOn =
      args.secretHeaders === "rendered" || proxied.length === 0
        ? []
        : [
            new core.ConfigMap(
              `${name}-header-proxy`,
              {
                metadata: { name: headerProxyConfigMap(args.releaseName), namespace },
                data: headerProxyData(proxied),
              },
              { parent: this },
            ),
          ];
    const release = new Release(
      name,
      {
        name: args.releaseName,
        namespace,
        ...releaseArgs("teleport-kube-agent", chart, { timeoutSeconds }),
        values,
      },
      { parent: this, dependsOn },
    );

    this.name = args.releaseName;
    this.releaseName = release.name;
    this.registerOutputs({ releaseName: this.releaseName });
  }
}
