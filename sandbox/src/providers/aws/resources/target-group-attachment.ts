/** One target of a target group. */
import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Resource } from "../../tables/definition.ts";
import { number, replace, required, text } from "../../tables/fields.ts";
import { type Plain, word } from "../../tables/plain.ts";
import { doing, known, num, orGone, planRegion, regional, str } from "../common.ts";
import type { Aws } from "../connect.ts";

const GONE = ["TargetGroupNotFound", "InvalidTarget"];

const target = (props: Plain) => ({
  Id: str(props["targetId"]),
  Port: num(props["port"]),
  AvailabilityZone: str(props["availabilityZone"]),
});

/** Import id: `target group ARN,target[,port[,zone]]`. */
function parse(id: string): Plain {
  const [targetGroupArn, targetId, port, availabilityZone] = id.split(",");
  if (!targetGroupArn || !targetId) {
    throw new Error(`id ${id} must have the form <target group ARN>,<target id>[,<port>[,<zone>]]`);
  }
  return known({
    targetGroupArn,
    targetId,
    port: port ? Number(port) : undefined,
    availabilityZone: availabilityZone || undefined,
  });
}

export const targetGroupAttachment: Resource<Aws> = {
  token: "aws:lb/targetGroupAttachment:TargetGroupAttachment",
  fields: {
    ...regional,
    targetGroupArn: text({ ...required, ...replace }),
    targetId: text({ ...required, ...replace }),
    port: number(replace),
    availabilityZone: text(replace),
    quicServerId: text({ ...replace, kept: true }),
  },
  plan: planRegion,
  async create({ client: aws }, inputs) {
    const group = str(inputs["targetGroupArn"]);
    const command = new RegisterTargetsCommand({
      TargetGroupArn: group,
      Targets: [target(inputs)],
    });
    await doing(`registering ELBv2 Target Group (${group}) target`, () =>
      aws.in(inputs).elb.send(command),
    );
    const parts = [
      group,
      inputs["targetId"],
      inputs["port"] ?? "",
      inputs["availabilityZone"] ?? "",
    ];
    return parts.map(word).join(",").replace(/,+$/, "");
  },
  async read({ client: aws }, id, state) {
    const props = state["targetId"] === undefined ? parse(id) : state;
    const TargetGroupArn = str(props["targetGroupArn"]);
    const command = new DescribeTargetHealthCommand({ TargetGroupArn });
    const told = await orGone(GONE, () => aws.in(props).elb.send(command));
    const found = (told?.TargetHealthDescriptions ?? []).find(
      ({ Target, TargetHealth }) =>
        Target?.Id === props["targetId"] &&
        (props["port"] === undefined || Target?.Port === Number(props["port"])) &&
        !["Target.NotRegistered", "Target.DeregistrationInProgress"].includes(
          TargetHealth?.Reason ?? "",
        ),
    );
    if (!found) return undefined;
    return known({
      region: aws.regionOf(props),
      targetGroupArn: props["targetGroupArn"],
      targetId: props["targetId"],
      port: props["port"],
      availabilityZone: props["availabilityZone"],
    });
  },
  async delete({ client: aws }, id, state) {
    const props = state["targetId"] === undefined ? parse(id) : state;
    const TargetGroupArn = str(props["targetGroupArn"]);
    const command = new DeregisterTargetsCommand({ TargetGroupArn, Targets: [target(props)] });
    await doing(`deregistering ELBv2 Target Group (${TargetGroupArn}) target`, () =>
      orGone(GONE, () => aws.in(props).elb.send(command)),
    );
  },
};
