import {
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
} from "@aws-sdk/client-ec2";
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
} from "@aws-sdk/client-route-53";
import { Client } from "pg";
import { awsOf } from "../engine/plain-load-balancer";
import type { EngineStack } from "../engine/stack";

/** Lists of what stands outside Kubernetes: one line an object, in order. */
export type Lines = Record<string, string[]>;

/** Without the part of a name that the engine draws. */
const lines = (objects: readonly unknown[]) =>
  objects.map((one) => JSON.stringify(one).replaceAll(/-[0-9a-f]{7}"/g, '"')).sort();

async function vaultObjects(stack: Pick<EngineStack, "vault">): Promise<Lines> {
  const found: Lines = {};
  for (const place of ["sys/policies/acl", "auth/kubernetes/role", "database/static-roles"]) {
    const { keys = [] } = await stack.vault(`${place}?list=true`).catch((error: unknown) => {
      // Vault's answer when there is none.
      if (error instanceof Error && error.message.endsWith(": 404")) return { keys: [] };
      throw error;
    });
    const all = (keys as string[]).map(async (name) => {
      const content = await stack.vault(`${place}/${name}`);
      // The only thing that Vault itself changes.
      return { name, ...content, last_vault_rotation: undefined };
    });
    found[`Vault ${place}`] = lines(await Promise.all(all));
  }
  return found;
}

const alias = ({ Name, Type, AliasTarget }: ResourceRecordSet) =>
  [Name, Type, AliasTarget === undefined ? "" : "alias"].join(" ");

async function awsObjects(env: NodeJS.ProcessEnv): Promise<Lines> {
  const { ec2, elb, route53 } = awsOf(env);
  const [balancers, groups, security, rules, zones] = await Promise.all([
    elb.send(new DescribeLoadBalancersCommand()),
    elb.send(new DescribeTargetGroupsCommand()),
    ec2.send(new DescribeSecurityGroupsCommand()),
    ec2.send(new DescribeSecurityGroupRulesCommand()),
    route53.send(new ListHostedZonesCommand()),
  ]);
  const { LoadBalancers = [] } = balancers;
  const listeners = await Promise.all(
    LoadBalancers.map(({ LoadBalancerArn }) =>
      elb.send(new DescribeListenersCommand({ LoadBalancerArn })),
    ),
  );
  const { TargetGroups = [] } = groups;
  const targets = await Promise.all(
    TargetGroups.map(({ TargetGroupArn }) =>
      elb.send(new DescribeTargetHealthCommand({ TargetGroupArn })),
    ),
  );
  const records = await Promise.all(
    (zones.HostedZones ?? []).map(({ Id }) =>
      route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: Id })),
    ),
  );
  const names = new Map(
    security.SecurityGroups?.map(({ GroupId, GroupName }) => [GroupId, GroupName]),
  );
  return {
    "load balancers": lines(
      LoadBalancers.map(({ LoadBalancerName, Type, Scheme }) => [LoadBalancerName, Type, Scheme]),
    ),
    listeners: lines(
      listeners.flatMap(({ Listeners = [] }) =>
        Listeners.map(({ Port, Protocol }) => [Port, Protocol]),
      ),
    ),
    "target groups": lines(
      TargetGroups.map(({ TargetGroupName, Port, Protocol }) => [TargetGroupName, Port, Protocol]),
    ),
    targets: lines(
      targets.flatMap(({ TargetHealthDescriptions = [] }) =>
        TargetHealthDescriptions.map(({ Target }) => [Target?.Id, Target?.Port]),
      ),
    ),
    "security groups": lines([...names.values()]),
    "rules of security groups": lines(
      (rules.SecurityGroupRules ?? []).map((rule) => [
        ...[names.get(rule.GroupId), rule.IsEgress, rule.IpProtocol, rule.FromPort, rule.ToPort],
        ...[rule.CidrIpv4, rule.CidrIpv6, names.get(rule.ReferencedGroupInfo?.GroupId)],
      ]),
    ),
    records: lines(records.flatMap(({ ResourceRecordSets = [] }) => ResourceRecordSets.map(alias))),
  };
}

async function postgresRoles({ ports, postgresPassword }: EngineStack): Promise<Lines> {
  const client = new Client({
    ...{ host: "127.0.0.1", port: ports["postgres"], user: "postgres", database: "postgres" },
    ...{ password: postgresPassword, ssl: { rejectUnauthorized: false } },
  });
  await client.connect();
  try {
    const { rows } = await client.query<{ rolname: string }>(
      "SELECT rolname, rolcanlogin, rolreplication FROM pg_roles WHERE rolname !~ '^pg_'",
    );
    return { "PostgreSQL roles": lines(rows) };
  } finally {
    await client.end();
  }
}

/** What Vault, AWS and PostgreSQL hold, without what chance or time decide. */
export async function outsideObjects(stack: EngineStack, env = stack.env): Promise<Lines> {
  const parts = [vaultObjects(stack), awsObjects(env), postgresRoles(stack)];
  return Object.assign({}, ...(await Promise.all(parts))) as Lines;
}
