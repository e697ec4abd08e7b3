import * as pulumi from "@pulumi/pulumi";
import * as semver from "semver";
import type { SettingsOf } from "../../settings/schema";
import { agentsOf, type Agent } from "../../inventory/agents";
import { vaultRoleName, vaultSecrets } from "../../inventory/secrets";
import { deployAgents, type AgentOutputs } from "../support/agents";
import type { RemoteAgentOutputs } from "../support/join-tokens";
import { stackNamespace } from "../support/stack-namespace";
import { referToPlane } from "../support/plane-reference";
import { vaultAuth } from "../support/vault-auth";

/** Arguments of {@link AgentStack}: the checked settings of a stack; they hold no secret. */
export type AgentStackArgs = SettingsOf<"agent">;

/** Agents in another cluster, which join the plane of another stack. */
export class AgentStack extends pulumi.ComponentResource {
  /** Teleport cluster that the agents join. */
  public readonly clusterName: pulumi.Output<string>;
  /** Agents by release, with the public address of each app. */
  public readonly agents: pulumi.Output<Record<string, AgentOutputs>>;

  constructor(name: string, args: AgentStackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("access-plane:components:AgentStack", name, args, opts);
    const parent = { parent: this };
    const { plane, vault } = args;
    const own = args.namespace.name;

    const { clusterName, stack: planeStack } = referToPlane(plane, parent);
    this.clusterName = clusterName;
    const planeVersion = planeStack?.getOutput("version") as
      | pulumi.Output<string | undefined>
      | undefined;
    const declared = planeStack?.getOutput("remoteAgents") as
      | pulumi.Output<Record<string, RemoteAgentOutputs> | undefined>
      | undefined;

    // Agents of Capsule Proxy live in a namespace that exists already.
    const places = agentsOf(args);
    const namespace = places.some((agent) => agent.namespace === own)
      ? stackNamespace("namespace", args.namespace, parent)
      : own;
    const secrets = vaultSecrets(args);
    const vaultRole = vaultRoleName(own, pulumi.getStack());
    const authRef = vaultAuth(
      "vault-access",
      { vault, secrets, place: own, namespace, roleName: vaultRole, objectName: own },
      parent,
    );
    const agents = deployAgents(this, {
      settings: args,
      edition: plane.edition,
      tokens: Object.fromEntries(
        places.map((agent) => [
          agent.release,
          pulumi
            .all([this.allowed(agent, declared), planeVersion])
            .apply(([token, version]) => this.notNewer(token, args.chart.version, version)),
        ]),
      ),
      clusterName: this.clusterName,
      proxy: { address: plane.proxyAddress ?? pulumi.interpolate`${this.clusterName}:443` },
      namespace,
      authRef,
    });

    this.agents = agents.outputs;
    this.registerOutputs({ clusterName: this.clusterName, agents: this.agents });
  }

  /** Returns the value, unless the plane runs an older version than the agents. */
  private notNewer<T>(value: T, agents: string, plane: string | undefined): T {
    if (plane === undefined || semver.lte(agents, plane)) return value;
    throw new pulumi.ResourceError(
      `chart.version is ${agents}, and the plane runs ${plane}: agents are never newer than auth; ` +
        "upgrade the plane first",
      this,
      true,
    );
  }

  /** Name of an agent's token, once the plane's outputs say that this agent may join with it. */
  private allowed(
    { release, namespace, services, join, token: name }: Agent,
    declared: pulumi.Output<Record<string, RemoteAgentOutputs> | undefined> | undefined,
  ): pulumi.Input<string> {
    if (name === undefined) return "";
    if (declared === undefined) return name;
    return declared.apply((all) => {
      const token = all?.[name];
      const has = `has remoteAgents.${name}`;
      const faults: (string | false)[] =
        token === undefined
          ? [`has no remoteAgents.${name}`]
          : [
              token.method !== join.method &&
                `${has}.join.method ${token.method}, and this agent joins by ${join.method}`,
              token.namespace !== namespace &&
                `${has}.namespace ${token.namespace}, and this agent lives in ${namespace}`,
              token.release !== release &&
                `${has}.release ${token.release}, and this agent's is ${release}`,
              services.some((service) => !token.services.includes(service)) &&
                `${has}.services ${token.services.join(", ")}, and this agent serves ${services.join(", ")}`,
            ];
      const found = faults.filter((fault) => fault !== false);
      if (found.length === 0) return name;
      throw new pulumi.ResourceError(
        `agent ${release} could not join: the plane's stack ${found.join(", and it ")}; make both say the same, the plane first`,
        this,
        true,
      );
    });
  }
}
