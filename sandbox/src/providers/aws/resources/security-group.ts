/** Security groups, with inline rules or (better) separate rule resources. */
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type IpPermission,
  type SecurityGroup,
} from "@aws-sdk/client-ec2";
import type { Context, Resource } from "../../tables/definition.ts";
import { computed, flag, kept, output, replace, text } from "../../tables/fields.ts";
import { type Plain, word } from "../../tables/plain.ts";
import {
  doing,
  isError,
  known,
  orGone,
  planTagged,
  regional,
  regionalId,
  str,
  tagged,
  tagState,
  waitFor,
} from "../common.ts";
import { messageOf, type Aws } from "../connect.ts";
import { tagSpec, updateEc2Tags } from "./ec2-tags.ts";
import { fromPermissions, ruleBlocks, toPermission } from "./ip-permissions.ts";

export const GONE = ["InvalidGroup.NotFound", "InvalidGroupId.Malformed"];

export async function findGroup(aws: Aws, id: string, props: Plain) {
  const command = new DescribeSecurityGroupsCommand({ GroupIds: [id] });
  return (await orGone(GONE, () => aws.in(props).ec2.send(command)))?.SecurityGroups?.[0];
}

export const groupArn = (aws: Aws, group: SecurityGroup, props: Plain): string =>
  group.SecurityGroupArn ??
  `arn:aws:ec2:${aws.regionOf(props)}:${group.OwnerId ?? aws.account}:security-group/${group.GroupId}`;

type Direction = "ingress" | "egress";

async function revoke(aws: Aws, id: string, props: Plain, way: Direction, list: IpPermission[]) {
  if (list.length === 0) return;
  const input = { GroupId: id, IpPermissions: list };
  const { ec2 } = aws.in(props);
  const absent = ["InvalidPermission.NotFound"];
  if (way === "ingress") {
    await orGone(absent, () => ec2.send(new RevokeSecurityGroupIngressCommand(input)));
  } else await orGone(absent, () => ec2.send(new RevokeSecurityGroupEgressCommand(input)));
}

async function authorize(aws: Aws, id: string, props: Plain, way: Direction, rules: Plain[]) {
  if (rules.length === 0) return;
  const { ec2 } = aws.in(props);
  const input = { GroupId: id, IpPermissions: rules.map((rule) => toPermission(rule, id)) };
  await doing(`authorizing Security Group (${id}) ${way} rules`, async () => {
    if (way === "ingress") await ec2.send(new AuthorizeSecurityGroupIngressCommand(input));
    else await ec2.send(new AuthorizeSecurityGroupEgressCommand(input));
  });
}

const permissions = (group: SecurityGroup | undefined, way: Direction) =>
  (way === "ingress" ? group?.IpPermissions : group?.IpPermissionsEgress) ?? [];

/** Replaces all rules of one direction. */
async function setRules(aws: Aws, id: string, props: Plain, way: Direction): Promise<void> {
  const group = await findGroup(aws, id, props);
  await revoke(aws, id, props, way, permissions(group, way));
  await authorize(aws, id, props, way, (props[way] ?? []) as Plain[]);
}

export const securityGroup: Resource<Aws> = {
  token: "aws:ec2/securityGroup:SecurityGroup",
  fields: {
    ...regional,
    ...tagged,
    name: text({ ...computed, ...replace }),
    namePrefix: text({ ...replace, ...kept }),
    description: text({ ...replace, default: "Managed by Pulumi" }),
    vpcId: text({ ...computed, ...replace }),
    ingress: ruleBlocks,
    egress: ruleBlocks,
    revokeRulesOnDelete: flag({ ...kept, default: false }),
    arn: text(output),
    ownerId: text(output),
  },
  autoName: { field: "name", max: 255, unless: "namePrefix" },
  plan: planTagged,
  async create({ client: aws, exists }, inputs) {
    const name = str(inputs["name"]) ?? `${word(inputs["namePrefix"])}${Date.now().toString(36)}`;
    const made = await doing(`creating Security Group (${name})`, () =>
      aws.in(inputs).ec2.send(
        new CreateSecurityGroupCommand({
          GroupName: name,
          Description: str(inputs["description"]),
          VpcId: str(inputs["vpcId"]),
          TagSpecifications: tagSpec(aws, "security-group", inputs),
        }),
      ),
    );
    const id = made.GroupId;
    if (!id) throw new Error(`creating Security Group (${name}): the API returned no id`);
    exists(id);
    // AWS allows all egress from a new group. The official provider removes that rule.
    await setRules(aws, id, inputs, "egress");
    await authorize(aws, id, inputs, "ingress", (inputs["ingress"] ?? []) as Plain[]);
    return id;
  },
  async read({ client: aws }, id, state) {
    const { id: groupId, region } = regionalId(id);
    const where = region ? { ...state, region } : state;
    const group = await findGroup(aws, groupId, where);
    if (!group) return undefined;
    return {
      id: groupId,
      ...tagState(aws, group.Tags ?? [], state),
      ...known({
        region: aws.regionOf(where),
        arn: groupArn(aws, group, where),
        ownerId: group.OwnerId,
        name: group.GroupName,
        description: group.Description,
        vpcId: group.VpcId,
        ingress: fromPermissions(group.IpPermissions, groupId),
        egress: fromPermissions(group.IpPermissionsEgress, groupId),
      }),
    };
  },
  async update({ client: aws }, { id, olds, news, changed }) {
    for (const way of ["ingress", "egress"] as const) {
      if (changed.has(way)) await setRules(aws, id, news, way);
    }
    await updateEc2Tags(aws, id, olds, news);
  },
  delete: remove,
};

/** Waits until nothing uses the group: the network interfaces of a load balancer take a while to go. */
async function remove(context: Context<Aws>, id: string, state: Plain): Promise<void> {
  const aws = context.client;
  if (state["revokeRulesOnDelete"]) {
    const group = await findGroup(aws, id, state);
    await revoke(aws, id, state, "ingress", permissions(group, "ingress"));
    await revoke(aws, id, state, "egress", permissions(group, "egress"));
  }
  let last = "";
  const command = new DeleteSecurityGroupCommand({ GroupId: id });
  await waitFor(context, `deleting Security Group (${id})`, async () => {
    try {
      await orGone(GONE, () => aws.in(state).ec2.send(command));
      return true;
    } catch (error) {
      last = messageOf(error);
      if (!isError(error, "DependencyViolation", "InvalidGroup.InUse")) throw error;
      context.status(`${id} is still in use: ${last}`);
      return undefined;
    }
  }).catch((error: unknown) => {
    throw new Error(`deleting Security Group (${id}): ${last || messageOf(error)}`, {
      cause: error,
    });
  });
}
