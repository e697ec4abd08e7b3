import * as pulumi from "@pulumi/pulumi";
import type { PlaneSettings } from "../../settings/schema";
import { agentsOf } from "../../inventory/agents";
import { registeredApps } from "../../inventory/app-stack";
import { databaseSecret, vaultRoleName, vaultSecrets } from "../../inventory/secrets";
import { clusterPolicies } from "../../teleport/network-policies";
import { serviceAddress } from "../../teleport/names";
import { s3Address } from "../../teleport/recordings";
import { presetBindings } from "../../teleport/resources/presets";
import { crossesMajor } from "../../teleport/versions";
import type { DeployedRole } from "../../teleport/resources/role-migration";
import { deployAgents, type AgentOutputs } from "../support/agents";
import { Certificate } from "../certificate";
import { ConnectorSecrets } from "../connector-secrets";
import { DatabaseCredentials } from "../database-credentials";
import { DnsRecords } from "../dns-records";
import { joinTokens, type RemoteAgentOutputs } from "../support/join-tokens";
import { NetworkPolicies } from "../network-policies";
import { NetworkLoadBalancer } from "../network-load-balancer";
import { NodePort } from "../node-port";
import type { StatusReader } from "../support/operator-verdict";
import { stackNamespace } from "../support/stack-namespace";
import { RecordingsBucket } from "../recordings-bucket";
import { RbacBindings } from "../rbac-bindings";
import { revisionOf, SyncedSecret } from "../synced-secret";
import { TeleportCluster } from "../teleport-cluster";
import { TeleportResources } from "../teleport-resources";
import { vaultAuth } from "../support/vault-auth";

/** Arguments of {@link AccessPlane}: the checked settings of a stack; they hold no secret. */
export type AccessPlaneArgs = PlaneSettings & {
  /** Roles as the last update left them. Default: none. */
  deployedRoles?: Record<string, DeployedRole>;
  /** Version of Teleport that the last update left. Default: none. */
  deployedVersion?: string;
  /** New value of `vault.delivery`, if it has changed since the last update. Default: it has not. */
  takesOver?: PlaneSettings["vault"]["delivery"];
  /** Reads the operator's verdicts. */
  statusOf: StatusReader;
  /** Tells by its name which Teleport resources Pulumi refuses to delete in this update. Default: none. */
  isGuarded?: (name: string) => boolean;
  /** Ids of the instances that `loadBalancer.targets` names by tags or ids. Default: none. */
  instances?: string[];
};

/** The whole access plane as one dependency graph; destroyed in reverse order. */
export class AccessPlane extends pulumi.ComponentResource {
  /** Teleport cluster name. */
  public readonly clusterName: pulumi.Output<string>;
  /** URL of the web UI. */
  public readonly url: pulumi.Output<string>;
  /** Node port of Service `teleport`, as the API server reports it. */
  public readonly nodePort: pulumi.Output<number>;
  /** DNS name of the load balancer, when there is one. */
  public readonly loadBalancer?: pulumi.Output<string>;
  /** Names of the Secrets that the plane uses. */
  public readonly secrets: pulumi.Output<Record<string, string>>;
  /** Agents by release, with the public address of each app. */
  public readonly agents: pulumi.Output<Record<string, AgentOutputs>>;
  /** Public address of each app that `resources.apps` declares. */
  public readonly registeredApps: pulumi.Output<Record<string, string>>;
  /** Agents of other stacks by their token, with who may join with it. */
  public readonly remoteAgents: pulumi.Output<Record<string, RemoteAgentOutputs>>;

  /** Roles as this update leaves them; the next one reads it. */
  public readonly roleVersions: pulumi.Output<Record<string, DeployedRole>>;
  /** Version of Teleport, known once auth, proxies and agents run it; the next update reads it. */
  public readonly version: pulumi.Output<string>;

  constructor(name: string, args: AccessPlaneArgs, opts?: pulumi.ComponentResourceOptions) {
    // The state of the last update is no setting: it would show as a change whenever a role changes.
    // Apps and resources are left out, because thousands of them would be in the state twice, and each save writes
    // the whole state.
    const {
      deployedRoles = {},
      deployedVersion,
      takesOver,
      statusOf,
      isGuarded,
      instances = [],
      ...settings
    } = args;
    const recorded = { ...settings, apps: undefined, resources: undefined };
    super("access-plane:components:AccessPlane", name, recorded, opts);
    const parent = { parent: this };

    const { protect } = args.namespace;
    const namespace = stackNamespace("namespace", args.namespace, parent);

    const certificate = new Certificate(
      "certificate",
      { ...args.certificate, clusterName: args.clusterName, namespace, protect },
      parent,
    );

    const { caSecretName } = args.certificate;
    const secrets = vaultSecrets(args);
    const own = args.namespace.name;
    const vaultRole = vaultRoleName(own, pulumi.getStack());
    const { vault } = args;
    const authRef = vaultAuth(
      "vault-access",
      { vault, secrets, place: own, namespace, roleName: vaultRole, objectName: own },
      parent,
    );
    const takeOver = takesOver === "operator" ? true : undefined;
    const fromVault = { takeOver, namespace, refreshAfter: vault.refreshAfter, authRef };

    const database = new DatabaseCredentials(
      "database-credentials",
      {
        namespace,
        authRef,
        takeOver,
        protect,
        database: args.database,
        secret: databaseSecret(args),
        images: args.images,
        placement: args.teleport.auth,
        credentials: args.database.credentials,
      },
      parent,
    );
    const [license] = secrets
      .filter(({ consumer }) => consumer.kind === "license")
      .map(
        ({ secretName, source, keys, restartTargets }) =>
          new SyncedSecret(
            "license",
            { ...fromVault, secretName, source, keys, restartTargets },
            parent,
          ),
      );

    const connectorSecrets = new ConnectorSecrets(
      "connector-secrets",
      { ...fromVault, secrets },
      parent,
    );

    const { recordings, ...teleport } = args.teleport;
    const acrossMajors = crossesMajor(deployedVersion, args.chart.version);
    const bucket = this.recordingsBucket(args);
    const cluster = new TeleportCluster(
      "teleport",
      {
        ...teleport,
        recordingsRoleArn:
          recordings.bucket?.oidcProviderArn === undefined ? recordings.roleArn : bucket?.roleArn,
        recordingsReady: bucket?.roleArn,
        images: args.images,
        protect,
        rollBack: !acrossMajors,
        namespace: args.namespace.name,
        chart: args.chart,
        clusterName: args.clusterName,
        database: args.database,
        databaseSecretName: database.secretName,
        authRevision: revisionOf([database.revision, license?.revision]),
        connectorRevision: connectorSecrets.revision,
        googleSecrets: connectorSecrets.googleSecrets,
        tlsSecretName: certificate.secretName,
        caSecretName,
        licenseSecretName: license?.secretName,
      },
      parent,
    );
    if (args.namespace.networkPolicies) {
      new NetworkPolicies("network-policies", { namespace, policies: clusterPolicies() }, parent);
    }
    const nodePort = new NodePort(
      "node-port",
      {
        serviceName: cluster.releaseName,
        namespace: cluster.operatorNamespace,
        port: 443,
        nodePort: args.nodePort,
      },
      parent,
    );

    const operator = { namespace: cluster.operatorNamespace, statusOf };
    this.roleVersions = new TeleportResources(
      "teleport-resources",
      {
        operator,
        resources: args.resources,
        clientSecrets: connectorSecrets.references,
        protectTokens: protect,
        isGuarded,
        deployedRoles,
      },
      parent,
    ).roleVersions;
    new RbacBindings(
      "rbac-bindings",
      { bindings: [...presetBindings(args.resources), ...args.rbac.bindings] },
      parent,
    );
    const { tokens, remote } = joinTokens(this, {
      agents: agentsOf(args),
      remoteAgents: args.remoteAgents,
      protect,
      operator,
    });
    const agents = deployAgents(this, {
      settings: args,
      edition: args.teleport.edition,
      operator,
      tokens,
      clusterName: args.clusterName,
      proxy: {
        address: `${args.clusterName}:443`,
        ip: nodePort.clusterIp,
        service: serviceAddress(args.namespace.name),
        caSecretName,
      },
      namespace,
      oneByOne: acrossMajors,
      takeOver,
      authRef,
    });

    const loadBalancer =
      args.loadBalancer === undefined
        ? undefined
        : this.expose({ ...args, instances }, args.loadBalancer, nodePort.nodePort, {
            name: cluster.releaseName,
            namespace: cluster.operatorNamespace,
          });

    this.clusterName = pulumi.output(args.clusterName);
    this.url = pulumi.output(`https://${args.clusterName}`);
    this.nodePort = nodePort.nodePort;
    this.loadBalancer = loadBalancer?.dnsName;
    this.secrets = pulumi.output<Record<string, pulumi.Input<string>>>({
      tls: certificate.secretName,
      database: database.secretName,
      ...(license === undefined ? {} : { license: license.secretName }),
      ...agents.secrets,
    });
    this.agents = agents.outputs;
    this.registeredApps = pulumi.output(registeredApps(args));
    this.version = pulumi.all([cluster.releaseName, this.agents]).apply(() => args.chart.version);
    this.remoteAgents = remote;
    this.registerOutputs({
      clusterName: this.clusterName,
      url: this.url,
      nodePort: this.nodePort,
      loadBalancer: this.loadBalancer,
      secrets: this.secrets,
      agents: this.agents,
      registeredApps: this.registeredApps,
      remoteAgents: this.remoteAgents,
      roleVersions: this.roleVersions,
      version: this.version,
    });
  }

  private recordingsBucket({ teleport, aws, namespace }: AccessPlaneArgs) {
    const { sessionRecordings, recordings } = teleport;
    const address = s3Address(sessionRecordings);
    if (recordings.bucket === undefined || address === undefined || aws === undefined) return;
    const { oidcProviderArn, eksCluster = "", retentionDays } = recordings.bucket;
    return new RecordingsBucket(
      "recordings",
      {
        address,
        region: aws.region,
        namespace: namespace.name,
        trust: oidcProviderArn === undefined ? { eksCluster } : { oidcProviderArn },
        retentionDays,
        protect: namespace.protect,
      },
      { parent: this },
    );
  }

  private expose(
    {
      clusterName,
      instances,
      namespace: { protect },
    }: Required<Pick<AccessPlaneArgs, "clusterName" | "instances" | "namespace">>,
    settings: NonNullable<PlaneSettings["loadBalancer"]>,
    nodePort: pulumi.Output<number>,
    service: { name: pulumi.Output<string>; namespace: pulumi.Output<string> },
  ): NetworkLoadBalancer {
    const { name: loadBalancerName, dns, ...rest } = settings;
    const loadBalancer = new NetworkLoadBalancer(
      "load-balancer",
      { ...rest, loadBalancerName, nodePort, service, instances, protect },
      { parent: this },
    );
    if (dns !== undefined) {
      new DnsRecords(
        "dns",
        { clusterName, zone: dns.zone, target: loadBalancer },
        { parent: this },
      );
    }
    return loadBalancer;
  }
}
