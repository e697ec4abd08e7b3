/** Network, application and gateway load balancers. */
import {
  CreateLoadBalancerCommand,
  DeleteLoadBalancerCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  ModifyLoadBalancerAttributesCommand,
  SetIpAddressTypeCommand,
  SetSecurityGroupsCommand,
  SetSubnetsCommand,
  type LoadBalancer,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Change, Context, Resource } from "../../tables/definition.ts";
import { type Plain, word } from "../../tables/plain.ts";
import {
  allTags,
  arnSuffix,
  doing,
  known,
  orGone,
  planTagged,
  regionalId,
  str,
  strings,
  tagList,
  tagState,
  waitFor,
} from "../common.ts";
import { messageOf, type Aws } from "../connect.ts";
import { fromAttributes, nonEmpty, readTags, toAttributes, toldOf, updateTags } from "./elb.ts";
import { LOGS, logAttributes, logState } from "./load-balancer-logs.ts";
import { mappings, networkReplacements, rules } from "./load-balancer-rules.ts";
import { ATTRIBUTES, loadBalancerFields } from "./load-balancer-fields.ts";

const GONE = ["LoadBalancerNotFound"];

async function find(aws: Aws, arn: string, state: Plain): Promise<LoadBalancer | undefined> {
  const command = new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] });
  return (await orGone(GONE, () => aws.in(state).elb.send(command)))?.LoadBalancers?.[0];
}

async function findByName(aws: Aws, name: string, props: Plain): Promise<LoadBalancer | undefined> {
  const command = new DescribeLoadBalancersCommand({ Names: [name] });
  return (await orGone(GONE, () => aws.in(props).elb.send(command)))?.LoadBalancers?.[0];
}

const toMappings = (value: unknown) =>
  mappings(value).map((mapping) => ({
    SubnetId: str(mapping["subnetId"]),
    AllocationId: str(mapping["allocationId"]),
    PrivateIPv4Address: str(mapping["privateIpv4Address"]),
    IPv6Address: str(mapping["ipv6Address"]),
  }));

async function waitActive(context: Context<Aws>, arn: string, props: Plain): Promise<void> {
  await waitFor(context, `waiting for ELBv2 Load Balancer (${arn}) to be active`, async () => {
    const state = (await find(context.client, arn, props))?.State;
    if (state?.Code === "failed") throw new Error(`load balancer ${arn} failed: ${state.Reason}`);
    return state?.Code === "active" || state?.Code === "active_impaired" ? true : undefined;
  });
}

/** Sets attributes. Drops an attribute that the region or the emulator does not know. */
async function modify(aws: Aws, arn: string, props: Plain, pick: (field: string) => boolean) {
  const type = word(props["loadBalancerType"] ?? "application");
  let list = [...toAttributes(ATTRIBUTES, props, type, pick), ...logAttributes(props, pick)];
  while (list.length > 0) {
    try {
      const input = { LoadBalancerArn: arn, Attributes: list };
      await aws.in(props).elb.send(new ModifyLoadBalancerAttributesCommand(input));
      return;
    } catch (error) {
      const key = /key '?([\w.]+)'? (?:is )?(?:not recognized|not valid|is invalid)/i.exec(
        messageOf(error),
      )?.[1];
      const rest = list.filter((attribute) => attribute.Key !== key);
      if (!key || rest.length === list.length) {
        throw new Error(`modifying ELBv2 Load Balancer (${arn}) attributes: ${messageOf(error)}`, {
          cause: error,
        });
      }
      list = rest;
    }
  }
}

async function create(
  context: Context<Aws> & { exists: (id: string) => void },
  inputs: Plain,
): Promise<string> {
  const { client: aws } = context;
  const name = str(inputs["name"]) ?? `${word(inputs["namePrefix"])}${Date.now().toString(36)}`;
  if (await findByName(aws, name, inputs))
    throw new Error(`ELBv2 Load Balancer (${name}) already exists`);
  const made = await doing(
    `creating ELBv2 ${word(inputs["loadBalancerType"])} Load Balancer (${name})`,
    () =>
      aws.in(inputs).elb.send(
        new CreateLoadBalancerCommand({
          Name: name,
          Type: str(inputs["loadBalancerType"]) as "network",
          Scheme: inputs["internal"] ? "internal" : "internet-facing",
          IpAddressType: str(inputs["ipAddressType"]) as "ipv4" | undefined,
          SecurityGroups: strings(inputs["securityGroups"]),
          Subnets: strings(inputs["subnets"]),
          SubnetMappings: inputs["subnetMappings"]
            ? toMappings(inputs["subnetMappings"])
            : undefined,
          CustomerOwnedIpv4Pool: str(inputs["customerOwnedIpv4Pool"]),
          Tags: nonEmpty(tagList(allTags(aws, inputs))),
        }),
      ),
  );
  const arn = made.LoadBalancers?.[0]?.LoadBalancerArn;
  if (!arn) throw new Error(`creating ELBv2 Load Balancer (${name}): the API returned no ARN`);
  context.exists(arn);
  await waitActive(context, arn, inputs);
  await modify(aws, arn, inputs, (field) => !(field in LOGS) || inputs[field] !== undefined);
  return arn;
}

async function read({ client: aws }: Context<Aws>, id: string, state: Plain) {
  const { id: arn, region } = regionalId(id);
  const where = region ? { ...state, region } : state;
  const found = await find(aws, arn, where);
  if (!found) return undefined;
  const elb = aws.in(where).elb;
  const told = toldOf(
    (await elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: arn })))
      .Attributes,
  );
  const zones = found.AvailabilityZones ?? [];
  return {
    id: arn,
    ...fromAttributes(ATTRIBUTES, told),
    ...logState(told),
    ...tagState(aws, await readTags(elb, arn), state),
    ...known({
      region: aws.regionOf(where),
      arn,
      arnSuffix: arnSuffix(arn, "loadbalancer/").replace(/^loadbalancer\//, ""),
      name: found.LoadBalancerName,
      loadBalancerType: found.Type,
      internal: found.Scheme === "internal",
      ipAddressType: found.IpAddressType,
      securityGroups: found.SecurityGroups ?? [],
      subnets: zones.map((zone) => zone.SubnetId ?? ""),
      subnetMappings: zones.map((zone) => {
        const address = zone.LoadBalancerAddresses?.[0];
        return known({
          subnetId: zone.SubnetId,
          outpostId: zone.OutpostId,
          allocationId: address?.AllocationId,
          privateIpv4Address: address?.PrivateIPv4Address,
          ipv6Address: address?.IPv6Address,
        });
      }),
      dnsName: found.DNSName,
      zoneId: found.CanonicalHostedZoneId,
      vpcId: found.VpcId,
      customerOwnedIpv4Pool: found.CustomerOwnedIpv4Pool,
      enablePrefixForIpv6SourceNat: found.EnablePrefixForIpv6SourceNat,
      enforceSecurityGroupInboundRulesOnPrivateLinkTraffic:
        found.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic,
    }),
  };
}

async function update({ client: aws }: Context<Aws>, { id, olds, news, changed }: Change) {
  const elb = aws.in(news).elb;
  await modify(aws, id, news, (field) => changed.has(field));
  if (changed.has("securityGroups")) {
    const SecurityGroups = strings(news["securityGroups"]) ?? [];
    const command = new SetSecurityGroupsCommand({ LoadBalancerArn: id, SecurityGroups });
    await doing(`setting ELBv2 Load Balancer (${id}) security groups`, () => elb.send(command));
  }
  if (changed.has("subnets") || changed.has("subnetMappings")) {
    const mapped = changed.has("subnetMappings") ? toMappings(news["subnetMappings"]) : undefined;
    const command = new SetSubnetsCommand({
      LoadBalancerArn: id,
      ...(mapped ? { SubnetMappings: mapped } : { Subnets: strings(news["subnets"]) }),
    });
    await doing(`setting ELBv2 Load Balancer (${id}) subnets`, () => elb.send(command));
  }
  if (changed.has("ipAddressType")) {
    const IpAddressType = str(news["ipAddressType"]) as "ipv4";
    const command = new SetIpAddressTypeCommand({ LoadBalancerArn: id, IpAddressType });
    await doing(`setting ELBv2 Load Balancer (${id}) address type`, () => elb.send(command));
  }
  await updateTags(aws, id, olds, news);
}

export const loadBalancer: Resource<Aws> = {
  token: "aws:lb/loadBalancer:LoadBalancer",
  fields: loadBalancerFields,
  autoName: { field: "name", max: 32, unless: "namePrefix" },
  validate: rules,
  plan: planTagged,
  ignores(news, olds) {
    const type = word(news["loadBalancerType"] ?? "application");
    const foreign = ATTRIBUTES.filter((a) => a.only && !a.only.includes(type)).map((a) => a.field);
    const on = (logs: unknown) => (logs as Plain | undefined)?.["enabled"] === true;
    return [...foreign, ...Object.keys(LOGS).filter((name) => !on(news[name]) && !on(olds[name]))];
  },
  replaces: networkReplacements,
  create,
  read,
  update,
  delete: remove,
};

async function remove(context: Context<Aws>, id: string, state: Plain): Promise<void> {
  const { client: aws } = context;
  const { elb } = aws.in(state);
  await doing(`deleting ELBv2 Load Balancer (${id})`, () =>
    orGone(GONE, async () => {
      const command = new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: id });
      const told = toldOf((await elb.send(command)).Attributes);
      // AWS refuses this. The emulator would delete the load balancer.
      if (told["deletion_protection.enabled"] === "true") {
        throw new Error(
          `OperationNotPermitted: Load balancer '${id}' cannot be deleted because deletion ` +
            "protection is enabled",
        );
      }
      await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: id }));
    }),
  );
  await waitFor(context, `waiting for ELBv2 Load Balancer (${id}) to be gone`, async () =>
    (await find(aws, id, state)) ? undefined : true,
  );
}
