import * as pulumi from "@pulumi/pulumi";
import type { SettingsOf } from "../settings/schema";
import { deployAgents, type AgentOutputs } from "./agents";
import { planeNamespace } from "./plane-namespace";
import { VaultAccess } from "./vault-access";

/** Arguments of {@link AgentStack}: a stack's settings, checked; they hold no secret. */
export type AgentStackArgs = SettingsOf<"agent">;

/** Agents in a cluster of their own, which join the plane of another stack. */
export class AgentStack extends pulumi.ComponentResource {
  /** Teleport cluster that the agents join. */
  public readonly clusterName: pulumi.Output<string>;
  /** The agents by release: the public address of each app. */
  public readonly agents: pulumi.Output<Record<string, AgentOutputs>>;

  constructor(name: string, args: AgentStackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("access-plane:components:AgentStack", name, args, opts);
    const parent = { parent: this };
    const { plane, vault } = args;

    this.clusterName = clusterNameOf(plane, parent);
    const namespace = planeNamespace(args.namespace, parent);
    const paths = Object.values(args.agents).flatMap(({ credentials }) => credentials?.path ?? []);
    const vaultAccess =
      vault.delivery === "pulumi" || paths.length === 0
        ? undefined
        : new VaultAccess(
            "vault-access",
            {
              namespace,
              // Every cluster has a namespace of this name; Vault is shared by all of them.
              roleName: `${args.namespace.name}-${pulumi.getStack()}`,
              objectName: args.namespace.name,
              readPaths: paths.map((path) => `${vault.kvMount}/data/${path}`),
              kubernetesAuthMount: vault.kubernetesAuthMount,
              audience: vault.audience,
              ...(vault.connectionRef === undefined ? {} : { connectionRef: vault.connectionRef }),
            },
            parent,
          );
    const agents = deployAgents(this, {
      agents: args.agents,
      tokens: {},
      clusterName: this.clusterName,
      proxyAddress: plane.proxyAddress ?? pulumi.interpolate`${this.clusterName}:443`,
      namespace,
      chart: args.chart,
      kvMount: vault.kvMount,
      fromVault: {
        namespace,
        refreshAfter: vault.refreshAfter,
        ...(vaultAccess === undefined ? {} : { authRef: vaultAccess.authRef }),
      },
    });

    this.agents = agents.outputs;
    this.registerOutputs({ clusterName: this.clusterName, agents: this.agents });
  }
}

/** The plane's cluster name, said here or by the plane's own stack. */
function clusterNameOf(
  plane: AgentStackArgs["plane"],
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  if (plane.stack === undefined) return pulumi.output(plane.clusterName ?? "");
  const reference = new pulumi.StackReference("plane", { name: plane.stack }, opts);
  const output = reference.requireOutput("clusterName").apply(String);
  return plane.clusterName === undefined ? output : pulumi.output(plane.clusterName);
}
