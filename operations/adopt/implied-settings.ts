import type { ExistingPlane } from "./existing-plane";
import { impliedAgent } from "./implied-agent";
import { impliedResources } from "./implied-resources";
import { MISSING, set, type Sections } from "./sections";
import { ROLE_ARN } from "../../teleport/names";
import { get, getText, list, mapping } from "../../teleport/values";

/** The Secret with the database's certificate authority, as the release mounts it. */
function databaseAuthority(values: unknown): { name: string; key: string } | undefined {
  const volume = list(get(values, "extraVolumes")).find(
    (candidate) => getText(candidate, "name") === "database-ca",
  );
  if (volume === undefined) return undefined;
  const secret = get(volume, "secret");
  return {
    name: getText(secret, "secretName"),
    key: getText(list(get(secret, "items"))[0], "key"),
  };
}

/** `postgresql://user@host:port/database?sslmode=…` of teleport.yaml, as settings. */
function database(values: unknown, vaultSecrets: readonly unknown[]): Sections {
  const storage = get(values, "auth", "teleportConfig", "teleport", "storage");
  const parse = (text: string) => {
    try {
      return new URL(text);
    } catch {
      return undefined;
    }
  };
  const state = parse(getText(storage, "conn_string"));
  const audit = parse(
    list(get(storage, "audit_events_uri"))
      .map(String)
      .find((uri) => uri.startsWith("postgres")) ?? "",
  );
  const name = (url: URL | undefined) => url && decodeURIComponent(url.pathname.slice(1));
  const env = list(get(values, "auth", "extraEnv")).find(
    (variable) => getText(variable, "name") === "PGPASSWORD",
  );
  const secretName = getText(env, "valueFrom", "secretKeyRef", "name");
  const source = vaultSecrets.find(
    (secret) => getText(secret, "spec", "destination", "name") === secretName,
  );
  const path = getText(source, "spec", "path");
  const retention = /retention_period=(\w+)/.exec(audit?.hash ?? "")?.[1];
  return set({
    host: state?.hostname ?? MISSING,
    port: state?.port ? Number(state.port) : undefined,
    user: state?.username ? decodeURIComponent(state.username) : undefined,
    stateDatabase: name(state),
    auditDatabase: name(audit),
    sslMode: state?.searchParams.get("sslmode") ?? undefined,
    caSecret: databaseAuthority(values),
    poolMaxConns: state?.searchParams.has("pool_max_conns")
      ? Number(state.searchParams.get("pool_max_conns"))
      : undefined,
    auditRetention: retention,
    secretName,
    credentials: path.startsWith("static-creds/")
      ? {
          source: "static-role",
          mount: getText(source, "spec", "mount"),
          connection: MISSING,
          role: path.slice("static-creds/".length),
        }
      : { source: "existing", path: path === "" ? MISSING : path },
  });
}

function loadBalancer(plane: ExistingPlane): Sections | undefined {
  const found = plane.loadBalancer;
  if (found === undefined) return undefined;
  const { loadBalancer: nlb, rules, securityGroup, zone } = found;
  const admitting = rules.filter(
    ({ GroupId, IsEgress }) => GroupId === securityGroup && IsEgress === false,
  );
  // A rule for an IPv6 network has no effect, because the load balancer has only IPv4 addresses.
  const cidrs = [...new Set(admitting.flatMap(({ CidrIpv4 }) => CidrIpv4 ?? []))].sort();
  if (admitting.length > 0 && cidrs.length === 0) cidrs.push(MISSING);
  const nodes = rules.find(
    ({ GroupId, IsEgress }) => GroupId !== securityGroup && IsEgress === false,
  );
  return set({
    name: nlb.LoadBalancerName,
    vpc: { id: nlb.VpcId ?? MISSING },
    subnets: { ids: (nlb.AvailabilityZones ?? []).flatMap(({ SubnetId }) => SubnetId ?? []) },
    internal: nlb.Scheme === "internal" ? true : undefined,
    allowedCidrs: cidrs.length === 0 ? undefined : cidrs,
    targets: { instanceIds: found.instances },
    nodeSecurityGroup: { id: nodes?.GroupId ?? MISSING },
    adopted:
      found.named === undefined
        ? undefined
        : {
            targetGroup: found.targetGroup?.TargetGroupName ?? MISSING,
            securityGroup: found.named.name,
            description: found.named.description,
          },
    dns: zone === undefined || zone.records.length === 0 ? undefined : { zone: zone.name },
  });
}

/** Settings, by section, that describe an existing plane. */
export function impliedSettings(plane: ExistingPlane, vaultAddress: string | undefined): Sections {
  const { values, version } = plane.cluster;
  const group = (name: string) =>
    set({
      replicas: get(values, name, "highAvailability", "replicaCount"),
      resources: get(values, name, "resources"),
      nodeSelector: get(values, name, "nodeSelector"),
      tolerations: get(values, name, "tolerations"),
      priorityClassName: get(values, name, "priorityClassName"),
      serviceAccountAnnotations: get(values, name, "annotations", "serviceAccount"),
    });
  const auth = group("auth");
  const { [ROLE_ARN]: roleArn, ...annotations } = mapping(auth["serviceAccountAnnotations"]);
  const sessionRecordings = getText(
    get(values, "auth", "teleportConfig", "teleport", "storage"),
    "audit_sessions_uri",
  );
  const recorder = sessionRecordings.startsWith("s3://") ? roleArn : undefined;
  const issuer = get(plane.certificate, "issuerRef");
  return set({
    clusterName: getText(values, "clusterName") || MISSING,
    namespace: plane.namespace === "teleport" ? undefined : { name: plane.namespace },
    kubernetes: plane.context === undefined ? undefined : { context: plane.context },
    vault: vaultAddress === undefined ? undefined : { address: vaultAddress },
    aws: plane.region === undefined ? undefined : { region: plane.region },
    chart: { version },
    certificate: set({
      secretName: getText(values, "tls", "existingSecretName"),
      caSecretName: getText(values, "tls", "existingCASecretName"),
      issuer: set({
        name: getText(issuer, "name") || MISSING,
        kind: getText(issuer, "kind"),
        group: getText(issuer, "group"),
      }),
      privateKey: set({
        algorithm: getText(plane.certificate, "privateKey", "algorithm"),
        size: get(plane.certificate, "privateKey", "size"),
      }),
      duration: getText(plane.certificate, "duration"),
      renewBefore: getText(plane.certificate, "renewBefore"),
    }),
    database: database(values, plane.vaultSecrets),
    teleport: set({
      edition: get(values, "enterprise") === true ? "enterprise" : undefined,
      publicAddresses: get(values, "publicAddr"),
      auth: recorder === undefined ? auth : { ...auth, serviceAccountAnnotations: annotations },
      proxy: group("proxy"),
      sessionRecordings,
      sessionRecording: getText(values, "sessionRecording"),
      recordings: recorder === undefined ? undefined : { roleArn: recorder },
      proxyProtocol: getText(values, "proxyProtocol"),
    }),
    nodePort: plane.nodePort,
    agents: Object.fromEntries(
      plane.agents.map((release) => [release.name, impliedAgent(release, plane)]),
    ),
    resources: impliedResources(
      plane.resources,
      plane.agents.map(({ values, name }) => getText(values, "joinParams", "tokenName") || name),
    ),
    loadBalancer: loadBalancer(plane),
  });
}
