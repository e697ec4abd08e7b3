import { execFileSync } from "node:child_process";
import { isDeepStrictEqual } from "node:util";
import { ClusterDump } from "../../tests/engine/cluster-dump";
import type { EngineStack } from "../../tests/engine/stack";

/** Everything a deployment leaves behind, to compare two of them object by object. */

/** Objects that controllers make of others, under random names or with times in them. */
const DERIVED =
  /\/(events|leases|endpoints|endpointslices|pods|replicasets|controllerrevisions|nodes|csinodes|componentstatuses|apiservices|flowschemas|prioritylevelconfigurations|ipaddresses|podmetrics) /;
/** The sandbox's own, at other ports and with other authorities in each. */
const SANDBOX =
  /\/kube-root-ca\.crt|\/services (default\/kubernetes|infra-db\/infra-db)|\/vaultconnections /;
/** Written by the API server or a controller, or different by nature in each cluster. */
const OWN = new Set([
  // Pulumi adds random letters to these two.
  ...["GroupName", "TargetGroupName"],
  // AWS fills it in, the emulator keeps what it was given.
  "Order",
  ...["uid", "resourceVersion", "creationTimestamp", "managedFields", "generation", "status"],
  ...[
    "clusterIP",
    "clusterIPs",
    "ownerReferences",
    "caBundle",
    "deployment.kubernetes.io/revision",
    "secrets.hashicorp.com/vso-ownerRefUID",
  ],
]);

/** Ids and addresses that AWS and Kubernetes make up, replaced by what they are of. */
const anonymous = (text: string): string =>
  text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UUID")
    .replace(/\b(vpc|subnet|sgr|sg|i|lt|eni|eipalloc)-[0-9a-f]{8,}/g, "$1-ID")
    .replace(/\b(targetgroup|loadbalancer|listener)\/[\w/-]+/g, "$1/ID")
    .replace(/\b[\w-]+\.(?=[\w.-]*elb\.amazonaws\.com)/g, "NAME.")
    .replace(/\/hostedzone\/\w+/g, "/hostedzone/ID");

function plain(value: unknown): unknown {
  if (typeof value === "string") return anonymous(value);
  if (Array.isArray(value)) {
    const items = value.map(plain);
    return items.sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  }
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, item]) => !OWN.has(key) && item !== null && !/Time$|Date$/.test(key),
  );
  return Object.fromEntries(
    kept
      .map(([key, item]): [string, unknown] => [key, plain(item)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const AWS: Record<string, string> = {
  "security groups": "ec2 describe-security-groups",
  "load balancers": "elbv2 describe-load-balancers",
  "target groups": "elbv2 describe-target-groups",
  "auto scaling groups": "autoscaling describe-auto-scaling-groups",
};

/** Objects by a name that tells what they are, without what is different by nature. */
export async function objects(stack: EngineStack): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  const { places } = await new ClusterDump(stack.env["KUBECONFIG"] ?? "").places();
  for (const { name, text } of places) {
    // Helm's records hold the same objects once more.
    if (DERIVED.test(name) || SANDBOX.test(name) || name.includes("sh.helm.release")) continue;
    if (text.startsWith("{")) found.set(name, plain(JSON.parse(text)));
  }
  for (const path of [
    "sys/policies/acl/teleport-sandbox",
    "auth/kubernetes/role/teleport-sandbox",
  ]) {
    found.set(`Vault ${path}`, plain(await stack.vault(path)));
  }
  const aws = (command: string) =>
    JSON.parse(
      execFileSync("aws", [...command.split(" "), "--output", "json"], {
        // Version 1 of the command line does not read AWS_REGION.
        env: { ...stack.env, AWS_DEFAULT_REGION: stack.env["AWS_REGION"] },
        encoding: "utf8",
      }),
    ) as Record<string, unknown>;
  for (const [name, command] of Object.entries(AWS)) found.set(`AWS ${name}`, plain(aws(command)));
  const first = (command: string, list: string, key: string) => {
    const [one] = aws(command)[list] as Record<string, string>[];
    return one?.[key] ?? "";
  };
  const balancer = first("elbv2 describe-load-balancers", "LoadBalancers", "LoadBalancerArn");
  const targets = first("elbv2 describe-target-groups", "TargetGroups", "TargetGroupArn");
  const zone = first("route53 list-hosted-zones", "HostedZones", "Id");
  for (const [name, command] of Object.entries({
    listeners: `elbv2 describe-listeners --load-balancer-arn ${balancer}`,
    "load balancer's attributes": `elbv2 describe-load-balancer-attributes --load-balancer-arn ${balancer}`,
    "target group's attributes": `elbv2 describe-target-group-attributes --target-group-arn ${targets}`,
    "tags of both": `elbv2 describe-tags --resource-arns ${balancer} ${targets}`,
    records: `route53 list-resource-record-sets --hosted-zone-id ${zone}`,
  })) {
    found.set(`AWS ${name}`, plain(aws(command)));
  }
  return found;
}

/** What is not the same in two places, one line an object. */
export function differences(
  ours: ReadonlyMap<string, unknown>,
  byHand: ReadonlyMap<string, unknown>,
): string[] {
  return [...new Set([...ours.keys(), ...byHand.keys()])].sort().flatMap((name) => {
    const [a, b] = [ours.get(name), byHand.get(name)];
    if (a === undefined) return [`${name}: only by hand`];
    if (b === undefined) return [`${name}: only by the program`];
    return isDeepStrictEqual(a, b) ? [] : [`${name}: ${firstDifference(a, b)}`];
  });
}

function firstDifference(a: unknown, b: unknown, at = ""): string | undefined {
  if (isDeepStrictEqual(a, b)) return undefined;
  if (typeof a === "object" && typeof b === "object" && a !== null && b !== null) {
    const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const inside = firstDifference(left[key], right[key], `${at}.${key}`);
      if (inside !== undefined) return inside;
    }
  }
  const text = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value));
  let from = 0;
  while (text(a)[from] === text(b)[from]) from += 1;
  const around = (value: unknown) => text(value).slice(Math.max(0, from - 20), from + 80);
  return `${at} is …${around(a)}… by the program, …${around(b)}… by hand`;
}
