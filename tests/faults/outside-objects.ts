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

/** Objects outside Kubernetes by kind: sorted lines, one per object. */
export type Lines = Record<string, string[]>;

/** Sorted lines, without the random suffix that the engine adds to names. */
const lines = (objects: readonly unknown[]) =>
  objects.map((one) => JSON.stringify(one).replaceAll(/-[0-9a-f]{7}"/g, '"')).sort();

async function vaultObjects(stack: Pick<EngineStack, "vault">): Promise<Lines> {
  const found: Lines = {};
  for (const place of ["sys/policies/acl", "auth/kubernetes/role", "database/static-roles"]) {
    const { keys = [] } = await stack.vault(`${place}?list=true`).catch((error: unknown) => {
      // Vault answers with 404 if the list is empty.
      if (error instanceof Error && error.message.endsWith(": 404")) return { keys: [] };
      throw error;
    });
    const all = (keys as string[]).map(async (name) => {
      const content = await stack.vault(`${place}/${name}`);
      // Vault itself changes only this field.
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

/** The objects in Vault, AWS and PostgreSQL, without random and time-dependent values. */
export async function outsideObjects(stack: EngineStack, env = stack.env): Promise<Lines> {
  const parts = [vaultObjects(stack), awsObjects(env), postgresRoles(stack)];
  return Object.assign({}, ...(await Promise.all(parts))) as Lines;
}
