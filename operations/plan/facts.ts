import { shortType } from "../base/urn";
import type { RecordedResource } from "./record-program";
import { get } from "../../teleport/values";

type Facts = (inputs: unknown, resource: RecordedResource) => (string | undefined)[];

function text(value: unknown): string {
  if (value === undefined) return "(known when deployed)";
  if (Array.isArray(value)) return value.map(text).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const synced: Facts = (inputs) => [
  `Vault ${text(get(inputs, "spec", "mount"))}/${text(get(inputs, "spec", "path"))}`,
  `→ Secret ${text(get(inputs, "spec", "destination", "name"))}`,
  ...list(get(inputs, "spec", "rolloutRestartTargets")).map(
    (target) => `restarts ${text(get(target, "kind"))} ${text(get(target, "name"))}`,
  ),
];

const rule: Facts = (inputs) => [
  `TCP ${text(get(inputs, "fromPort"))}`,
  `group ${text(get(inputs, "securityGroupId"))}`,
  `peer ${text(get(inputs, "cidrIpv4") ?? get(inputs, "cidrIpv6") ?? get(inputs, "referencedSecurityGroupId"))}`,
];

/** What matters about a resource, by the end of its type. */
const FACTS: Record<string, Facts> = {
  kubernetes: (inputs) => [`context ${text(get(inputs, "context") ?? "of KUBECONFIG")}`],
  vault: (inputs) => [`at ${text(get(inputs, "address") ?? "VAULT_ADDR")}`],
  aws: (inputs) => [text(get(inputs, "region"))],
  Namespace: (_, { protect }) => [protect ? "protected from deletion" : undefined],
  Certificate: (inputs) => [
    text(get(inputs, "spec", "dnsNames")),
    `by ${text(get(inputs, "spec", "issuerRef", "kind"))} ${text(get(inputs, "spec", "issuerRef", "name"))}`,
    `→ Secret ${text(get(inputs, "spec", "secretName"))}`,
  ],
  Policy: (inputs) => {
    const policy = get(inputs, "policy");
    return typeof policy === "string"
      ? [...policy.matchAll(/path "([^"]+)"/g)].map(([, path]) => `reads ${path ?? ""}`)
      : [];
  },
  AuthBackendRole: (inputs) => [
    `for service account ${text(get(inputs, "boundServiceAccountNamespaces"))}:${text(get(inputs, "boundServiceAccountNames"))}`,
    `audience ${text(get(inputs, "audience"))}`,
  ],
  VaultAuth: (inputs) => [
    `logs in at ${text(get(inputs, "spec", "mount"))} as ${text(get(inputs, "spec", "kubernetes", "role"))}`,
  ],
  VaultStaticSecret: synced,
  VaultDynamicSecret: synced,
  SecretBackendStaticRole: (inputs) => [
    `user ${text(get(inputs, "username"))} of ${text(get(inputs, "dbName"))}`,
    `new password every ${text(get(inputs, "rotationPeriod"))} s`,
  ],
  SecretV2: (inputs) => [`Vault ${text(get(inputs, "mount"))}/${text(get(inputs, "name"))}`],
  Release: (inputs) => {
    const addresses = get(inputs, "values", "publicAddr");
    const replicas =
      get(inputs, "values", "highAvailability", "replicaCount") ??
      get(inputs, "values", "proxy", "highAvailability", "replicaCount");
    return [
      `chart ${text(get(inputs, "chart"))} ${get(inputs, "version") === undefined ? "" : text(get(inputs, "version"))}`.trim(),
      replicas === undefined ? undefined : `${text(replicas)} replicas`,
      addresses === undefined ? undefined : `at ${text(addresses)}`,
      get(inputs, "values", "proxyAddr") === undefined
        ? undefined
        : `joins at ${text(get(inputs, "values", "proxyAddr"))}`,
      ...list(get(inputs, "values", "apps")).map(
        (app) => `app https://${text(get(app, "public_addr"))} → ${text(get(app, "uri"))}`,
      ),
    ];
  },
  ServicePatch: (inputs) =>
    list(get(inputs, "spec", "ports")).map(
      (port) => `port ${text(get(port, "port"))} → node port ${text(get(port, "nodePort"))}`,
    ),
  TeleportProvisionToken: (inputs) => [
    `join method ${text(get(inputs, "spec", "join_method"))}`,
    `roles ${text(get(inputs, "spec", "roles"))}`,
    ...list(get(inputs, "spec", "kubernetes", "allow")).map(
      (allow) => `for ${text(get(allow, "service_account"))}`,
    ),
    ...list(get(inputs, "spec", "allow")).map(
      (allow) => `for ${text(get(allow, "aws_arn") ?? get(allow, "aws_account"))}`,
    ),
  ],
  TeleportRoleV7: (inputs) => [
    `kubernetes groups ${text(get(inputs, "spec", "allow", "kubernetes_groups"))}`,
    `app labels ${text(get(inputs, "spec", "allow", "app_labels"))}`,
  ],
  SecurityGroup: (inputs) => [`in ${text(get(inputs, "vpcId"))}`],
  SecurityGroupIngressRule: (...args) => ["in", ...rule(...args)],
  SecurityGroupEgressRule: (...args) => ["out", ...rule(...args)],
  LoadBalancer: (inputs) => [
    get(inputs, "internal") === true ? "internal" : "internet-facing",
    `subnets ${text(get(inputs, "subnets"))}`,
    get(inputs, "enableDeletionProtection") === true ? "deletion protection" : undefined,
  ],
  TargetGroup: (inputs) => [
    `${text(get(inputs, "protocol"))} ${text(get(inputs, "port"))}`,
    `health by ${text(get(inputs, "healthCheck", "protocol"))} ${text(get(inputs, "healthCheck", "path") ?? "")}`.trim(),
    get(inputs, "preserveClientIp") === "true" ? "client addresses preserved" : undefined,
    get(inputs, "proxyProtocolV2") === true ? "PROXY protocol v2" : undefined,
  ],
  Listener: (inputs) => [`${text(get(inputs, "protocol"))} ${text(get(inputs, "port"))}`],
  Attachment: (inputs) => [`Auto Scaling group ${text(get(inputs, "autoscalingGroupName"))}`],
  TargetGroupAttachment: (inputs) => [
    `${text(get(inputs, "targetId"))}:${text(get(inputs, "port"))}`,
  ],
  Record: (inputs) => [
    `${text(get(inputs, "type"))} ${text(get(inputs, "name"))}`,
    ...list(get(inputs, "aliases")).map((alias) => `→ ${text(get(alias, "name"))}`),
  ],
};

/** Name and namespace of the object that a resource becomes in Kubernetes. */
export function kubernetesName(
  resource: RecordedResource,
): { name: string; namespace?: string } | undefined {
  if (!resource.type.startsWith("kubernetes:")) return undefined;
  const place =
    shortType(resource.type) === "Release" ? resource.inputs : get(resource.inputs, "metadata");
  const [name, namespace] = [get(place, "name"), get(place, "namespace")];
  if (name === undefined) return undefined;
  return { name: text(name), ...(namespace === undefined ? {} : { namespace: text(namespace) }) };
}

/** The main facts of a resource, short enough to read. */
export function facts(resource: RecordedResource): string[] {
  const found = FACTS[shortType(resource.type)]?.(resource.inputs, resource) ?? [];
  return found.filter((fact) => fact !== undefined);
}
