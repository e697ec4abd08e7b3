/** Attaches a target group or a classic load balancer to an Auto Scaling group. */
import {
  AttachLoadBalancersCommand,
  AttachLoadBalancerTargetGroupsCommand,
  DescribeAutoScalingGroupsCommand,
  DetachLoadBalancersCommand,
  DetachLoadBalancerTargetGroupsCommand,
} from "@aws-sdk/client-auto-scaling";
import type { Resource } from "../../tables/definition.ts";
import { replace, required, text } from "../../tables/fields.ts";
import { type Plain, word } from "../../tables/plain.ts";
import { doing, isError, known, planRegion, regional, str } from "../common.ts";
import { messageOf, type Aws } from "../connect.ts";

/** Import id: `group,target group ARN`. */
function parse(id: string): Plain {
  const at = id.indexOf(",");
  if (at < 1) throw new Error(`id ${id} must have the form <group name>,<target group ARN>`);
  return { autoscalingGroupName: id.slice(0, at), lbTargetGroupArn: id.slice(at + 1) };
}

/** True if the API reports that the group or the attachment does not exist. */
const absent = (error: unknown) =>
  isError(error, "ValidationError") && /not found|not exist|find/i.test(messageOf(error));

export const autoscalingAttachment: Resource<Aws> = {
  token: "aws:autoscaling/attachment:Attachment",
  fields: {
    ...regional,
    autoscalingGroupName: text({ ...required, ...replace }),
    elb: text(replace),
    lbTargetGroupArn: text(replace),
  },
  plan: planRegion,
  validate: (inputs) =>
    ["elb", "lbTargetGroupArn"].filter((name) => inputs[name] !== undefined).length === 1
      ? []
      : [
          {
            property: "lbTargetGroupArn",
            reason: "exactly one of elb, lbTargetGroupArn must be given",
          },
        ],
  async create({ client: aws }, inputs) {
    const AutoScalingGroupName = str(inputs["autoscalingGroupName"]);
    const [elb, group] = [str(inputs["elb"]), str(inputs["lbTargetGroupArn"])];
    const scaling = aws.in(inputs).scaling;
    await doing(`attaching Auto Scaling Group (${AutoScalingGroupName}) target group`, async () => {
      if (group) {
        const TargetGroupARNs = [group];
        await scaling.send(
          new AttachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName, TargetGroupARNs }),
        );
      } else {
        const LoadBalancerNames = [elb ?? ""];
        await scaling.send(
          new AttachLoadBalancersCommand({ AutoScalingGroupName, LoadBalancerNames }),
        );
      }
    });
    return `${AutoScalingGroupName},${group ?? elb}`;
  },
  async read({ client: aws }, id, state) {
    const props = state["autoscalingGroupName"] === undefined ? parse(id) : state;
    const name = str(props["autoscalingGroupName"]) ?? "";
    const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] });
    const found = (await aws.in(props).scaling.send(command)).AutoScalingGroups?.[0];
    const attached = props["lbTargetGroupArn"]
      ? found?.TargetGroupARNs?.includes(word(props["lbTargetGroupArn"]))
      : found?.LoadBalancerNames?.includes(word(props["elb"]));
    if (!attached) return undefined;
    return known({
      region: aws.regionOf(props),
      autoscalingGroupName: name,
      elb: props["elb"],
      lbTargetGroupArn: props["lbTargetGroupArn"],
    });
  },
  async delete({ client: aws }, id, state) {
    const props = state["autoscalingGroupName"] === undefined ? parse(id) : state;
    const AutoScalingGroupName = str(props["autoscalingGroupName"]);
    const group = str(props["lbTargetGroupArn"]);
    const scaling = aws.in(props).scaling;
    try {
      if (group) {
        const TargetGroupARNs = [group];
        await scaling.send(
          new DetachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName, TargetGroupARNs }),
        );
      } else {
        const LoadBalancerNames = [word(props["elb"])];
        await scaling.send(
          new DetachLoadBalancersCommand({ AutoScalingGroupName, LoadBalancerNames }),
        );
      }
    } catch (error) {
      if (absent(error)) return;
      throw new Error(
        `detaching Auto Scaling Group (${AutoScalingGroupName}) target group: ${messageOf(error)}`,
        { cause: error },
      );
    }
  },
};
