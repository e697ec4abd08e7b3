/** Target groups with their health check and attributes. */
import {
  CreateTargetGroupCommand,
  DeleteTargetGroupCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  type TargetGroup,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { CheckFailure } from "../../framework.ts";
import type { Context, Resource } from "../../tables/definition.ts";
import { type Plain, word } from "../../tables/plain.ts";
import {
  allTags,
  arnSuffix,
  doing,
  isError,
  known,
  num,
  orGone,
  planTagged,
  regionalId,
  str,
  tagList,
  tagState,
  waitFor,
} from "../common.ts";
import { messageOf, type Aws } from "../connect.ts";
import {
  fromAttributes,
  nameProblem,
  nonEmpty,
  readTags,
  toAttributes,
  toldOf,
  updateTags,
  type Told,
} from "./elb.ts";
import { ATTRIBUTES, BLOCK_ATTRIBUTES, targetGroupFields } from "./target-group-fields.ts";
import { healthAttributes, healthState } from "./target-group-health.ts";

const GONE = ["TargetGroupNotFound"];

async function find(aws: Aws, arn: string, state: Plain): Promise<TargetGroup | undefined> {
  const command = new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] });
  return (await orGone(GONE, () => aws.in(state).elb.send(command)))?.TargetGroups?.[0];
}

/** The health check as parameters of CreateTargetGroup and ModifyTargetGroup. */
function healthCheck(props: Plain) {
  const check = props["healthCheck"] as Plain | undefined;
  if (!check) return {};
  const http = /^https?$/i.test(word(check["protocol"]));
  const lambda = props["targetType"] === "lambda";
  const matcher = str(check["matcher"]);
  const grpc = props["protocolVersion"] === "GRPC";
  return {
    HealthCheckEnabled: check["enabled"] as boolean | undefined,
    HealthCheckIntervalSeconds: num(check["interval"]),
    HealthCheckTimeoutSeconds: num(check["timeout"]),
    HealthyThresholdCount: num(check["healthyThreshold"]),
    UnhealthyThresholdCount: num(check["unhealthyThreshold"]),
    ...(http ? { HealthCheckPath: str(check["path"]) } : {}),
    ...(http && matcher ? { Matcher: grpc ? { GrpcCode: matcher } : { HttpCode: matcher } } : {}),
    ...(lambda
      ? {}
      : {
          HealthCheckPort: str(check["port"]),
          HealthCheckProtocol: str(check["protocol"])?.toUpperCase() as "TCP" | undefined,
        }),
  };
}

async function modify(aws: Aws, arn: string, props: Plain, pick: (field: string) => boolean) {
  const kind =
    props["targetType"] === "lambda" ? "lambda" : word(props["protocol"] ?? "").toUpperCase();
  const blocks = BLOCK_ATTRIBUTES.filter((a) => pick(a.block)).flatMap((a) =>
    toAttributes([a], (props[a.block] ?? {}) as Plain, kind, () => true),
  );
  const Attributes = [
    ...toAttributes(ATTRIBUTES, props, kind, pick),
    ...blocks,
    ...healthAttributes(props, pick),
  ];
  if (Attributes.length === 0) return;
  const command = new ModifyTargetGroupAttributesCommand({ TargetGroupArn: arn, Attributes });
  await doing(`modifying ELBv2 Target Group (${arn}) attributes`, () =>
    aws.in(props).elb.send(command),
  );
}

function stickiness(told: Told): Plain {
  if (told["stickiness.type"] === undefined) return {};
  const table = BLOCK_ATTRIBUTES.filter((a) => a.block === "stickiness");
  return { stickiness: fromAttributes(table, told) };
}

function checkState(found: TargetGroup): Plain {
  return known({
    enabled: found.HealthCheckEnabled,
    healthyThreshold: found.HealthyThresholdCount,
    interval: found.HealthCheckIntervalSeconds,
    matcher: found.Matcher?.HttpCode ?? found.Matcher?.GrpcCode,
    path: found.HealthCheckPath,
    port: found.HealthCheckPort,
    protocol: found.HealthCheckProtocol,
    timeout: found.HealthCheckTimeoutSeconds,
    unhealthyThreshold: found.UnhealthyThresholdCount,
  });
}

export const targetGroup: Resource<Aws> = {
  token: "aws:lb/targetGroup:TargetGroup",
  fields: targetGroupFields,
  autoName: { field: "name", max: 32, unless: "namePrefix" },
  validate: rules,
  plan: planTagged,
  async create({ client: aws, exists }, inputs) {
    const name = str(inputs["name"]) ?? `${word(inputs["namePrefix"])}${Date.now().toString(36)}`;
    const elb = aws.in(inputs).elb;
    const same = await orGone(GONE, () =>
      elb.send(new DescribeTargetGroupsCommand({ Names: [name] })),
    );
    if (same?.TargetGroups?.length) throw new Error(`ELBv2 Target Group (${name}) already exists`);
    const made = await doing(`creating ELBv2 Target Group (${name})`, () =>
      elb.send(
        new CreateTargetGroupCommand({
          Name: name,
          TargetType: str(inputs["targetType"]) as "instance",
          Port: num(inputs["port"]),
          Protocol: str(inputs["protocol"])?.toUpperCase() as "TCP" | undefined,
          ProtocolVersion: str(inputs["protocolVersion"]),
          VpcId: str(inputs["vpcId"]),
          IpAddressType: str(inputs["ipAddressType"]) as "ipv4" | undefined,
          Tags: nonEmpty(tagList(allTags(aws, inputs))),
          ...healthCheck(inputs),
        }),
      ),
    );
    const arn = made.TargetGroups?.[0]?.TargetGroupArn;
    if (!arn) throw new Error(`creating ELBv2 Target Group (${name}): the API returned no ARN`);
    exists(arn);
    await modify(aws, arn, inputs, () => true);
    return arn;
  },
  async read({ client: aws }, id, state) {
    const { id: arn, region } = regionalId(id);
    const where = region ? { ...state, region } : state;
    const found = await find(aws, arn, where);
    if (!found) return undefined;
    const elb = aws.in(where).elb;
    const command = new DescribeTargetGroupAttributesCommand({ TargetGroupArn: arn });
    const list = (await elb.send(command)).Attributes;
    const told = toldOf(list);
    return {
      id: arn,
      ...fromAttributes(ATTRIBUTES, told),
      ...stickiness(told),
      ...healthState(list),
      ...tagState(aws, await readTags(elb, arn), state),
      ...known({
        region: aws.regionOf(where),
        arn,
        arnSuffix: arnSuffix(arn, "targetgroup/"),
        name: found.TargetGroupName,
        port: found.Port,
        protocol: found.Protocol,
        protocolVersion: found.ProtocolVersion,
        targetType: found.TargetType,
        vpcId: found.VpcId,
        ipAddressType: found.IpAddressType,
        loadBalancerArns: found.LoadBalancerArns ?? [],
        healthCheck: checkState(found),
      }),
    };
  },
  async update({ client: aws }, { id, olds, news, changed }) {
    if (changed.has("healthCheck")) {
      const command = new ModifyTargetGroupCommand({ TargetGroupArn: id, ...healthCheck(news) });
      await doing(`modifying ELBv2 Target Group (${id})`, () => aws.in(news).elb.send(command));
    }
    await modify(aws, id, news, (field) => changed.has(field));
    await updateTags(aws, id, olds, news);
  },
  delete: remove,
};

/** Retries, because a listener that is being deleted may hold the group for a moment longer. */
async function remove(context: Context<Aws>, id: string, state: Plain): Promise<void> {
  const patience = { ...context, timeout: Math.min(context.timeout, 120) };
  let last = "";
  await waitFor(patience, `deleting ELBv2 Target Group (${id})`, async () => {
    try {
      const command = new DeleteTargetGroupCommand({ TargetGroupArn: id });
      await orGone(GONE, () => context.client.in(state).elb.send(command));
      return true;
    } catch (error) {
      last = messageOf(error);
      if (!isError(error, "ResourceInUse")) throw error;
      return undefined;
    }
  }).catch((error: unknown) => {
    throw new Error(`deleting ELBv2 Target Group (${id}): ${last || messageOf(error)}`, {
      cause: error,
    });
  });
}

function rules(inputs: Plain): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const name = inputs["name"];
  const reason = typeof name === "string" ? nameProblem(name) : undefined;
  if (reason) failures.push({ property: "name", reason });
  if (inputs["targetType"] !== "lambda") {
    for (const property of ["port", "protocol", "vpcId"]) {
      if (inputs[property] !== undefined) continue;
      const type = word(inputs["targetType"] ?? "instance");
      failures.push({ property, reason: `${property} should be set when target type is ${type}` });
    }
  }
  return failures;
}
