/** The older rule resource: one block of sources in one direction, identified by its contents. */
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  UpdateSecurityGroupRuleDescriptionsEgressCommand,
  UpdateSecurityGroupRuleDescriptionsIngressCommand,
  type IpPermission,
} from "@aws-sdk/client-ec2";
import { createHash } from "node:crypto";
import type { CheckFailure } from "../../framework.ts";
import type { Resource } from "../../tables/definition.ts";
import {
  computed,
  flag,
  list,
  number,
  output,
  replace,
  required,
  text,
} from "../../tables/fields.ts";
import { type Plain, word } from "../../tables/plain.ts";
import { doing, known, orGone, planRegion, regional, str, strings } from "../common.ts";
import type { Aws } from "../connect.ts";
import { protocol, sameProtocol, toPermission } from "./ip-permissions.ts";
import { findGroup } from "./security-group.ts";

const SOURCES = ["cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "sourceSecurityGroupId", "self"];

/** Import id: `<group>_<type>_<protocol>_<from>_<to>_<source>[_<source>…]`. */
function parse(id: string): Plain {
  const [securityGroupId, type, name, from, to, ...sources] = id.split("_");
  if (!securityGroupId || !type || !name || sources.length === 0) {
    throw new Error(`id ${id} must have the form <group>_<type>_<protocol>_<from>_<to>_<source>`);
  }
  const pick = (test: (source: string) => boolean) => {
    const found = sources.filter(test);
    return found.length > 0 ? found : undefined;
  };
  return known({
    securityGroupId,
    type,
    protocol: protocol(name),
    fromPort: Number(from),
    toPort: Number(to),
    self: sources.includes("self"),
    sourceSecurityGroupId: sources.find((source) => source.startsWith("sg-")),
    prefixListIds: pick((source) => source.startsWith("pl-")),
    ipv6CidrBlocks: pick((source) => source.includes(":")),
    cidrBlocks: pick((source) => /^[\d.]+\/\d+$/.test(source)),
  });
}

/** True if the group has every source of the rule. */
function covers(all: IpPermission[], wanted: IpPermission): boolean {
  const same = all.filter(
    (one) =>
      protocol(one.IpProtocol) === protocol(wanted.IpProtocol) &&
      (protocol(wanted.IpProtocol) === "-1" ||
        (one.FromPort === wanted.FromPort && one.ToPort === wanted.ToPort)),
  );
  const has = (list: (string | undefined)[], items: (string | undefined)[] | undefined) =>
    (items ?? []).every((item) => list.includes(item));
  return (
    has(
      same.flatMap((p) => p.IpRanges ?? []).map((r) => r.CidrIp),
      wanted.IpRanges?.map((r) => r.CidrIp),
    ) &&
    has(
      same.flatMap((p) => p.Ipv6Ranges ?? []).map((r) => r.CidrIpv6),
      wanted.Ipv6Ranges?.map((r) => r.CidrIpv6),
    ) &&
    has(
      same.flatMap((p) => p.PrefixListIds ?? []).map((r) => r.PrefixListId),
      wanted.PrefixListIds?.map((r) => r.PrefixListId),
    ) &&
    has(
      same.flatMap((p) => p.UserIdGroupPairs ?? []).map((r) => r.GroupId),
      wanted.UserIdGroupPairs?.map((r) => r.GroupId),
    )
  );
}

const inputOf = (props: Plain) => {
  const GroupId = str(props["securityGroupId"]) ?? "";
  return { GroupId, IpPermissions: [toPermission(props, GroupId)] };
};

export const securityGroupRule: Resource<Aws> = {
  token: "aws:ec2/securityGroupRule:SecurityGroupRule",
  deleteBeforeReplace: true,
  fields: {
    ...regional,
    securityGroupId: text({ ...required, ...replace }),
    type: text({ ...required, ...replace }),
    protocol: text({ ...required, ...replace, same: sameProtocol }),
    fromPort: number({ ...required, ...replace }),
    toPort: number({ ...required, ...replace }),
    cidrBlocks: list(text(), replace),
    ipv6CidrBlocks: list(text(), replace),
    prefixListIds: list(text(), replace),
    self: flag({ ...replace, default: false }),
    sourceSecurityGroupId: text({ ...computed, ...replace }),
    description: text({ kept: true }),
    securityGroupRuleId: text(output),
  },
  plan: planRegion,
  validate: rules,
  async create({ client: aws }, inputs) {
    const { ec2 } = aws.in(inputs);
    const input = inputOf(inputs);
    const made = await doing(`authorizing Security Group (${input.GroupId}) Rule`, () =>
      inputs["type"] === "egress"
        ? ec2.send(new AuthorizeSecurityGroupEgressCommand(input))
        : ec2.send(new AuthorizeSecurityGroupIngressCommand(input)),
    );
    const parts = ["securityGroupId", "type", "protocol", "fromPort", "toPort", ...SOURCES];
    const text = JSON.stringify(parts.map((name) => inputs[name] ?? null));
    const id = `sgrule-${createHash("sha256").update(text).digest().readUInt32BE(0)}`;
    const rules = made.SecurityGroupRules ?? [];
    const only = rules.length === 1 ? rules[0]?.SecurityGroupRuleId : undefined;
    return { id, state: known({ securityGroupRuleId: only }) };
  },
  async read({ client: aws }, id, state) {
    const props = state["securityGroupId"] === undefined ? parse(id) : state;
    const group = await findGroup(aws, word(props["securityGroupId"]), props);
    const all = props["type"] === "egress" ? group?.IpPermissionsEgress : group?.IpPermissions;
    if (!covers(all ?? [], inputOf(props).IpPermissions[0] as IpPermission)) return undefined;
    return { ...props, region: aws.regionOf(props) };
  },
  async update({ client: aws }, { news, changed }) {
    if (!changed.has("description")) return;
    const { ec2 } = aws.in(news);
    const input = inputOf(news);
    await doing(`updating Security Group (${input.GroupId}) Rule description`, async () => {
      if (news["type"] === "egress") {
        await ec2.send(new UpdateSecurityGroupRuleDescriptionsEgressCommand(input));
      } else await ec2.send(new UpdateSecurityGroupRuleDescriptionsIngressCommand(input));
    });
  },
  async delete({ client: aws }, id, state) {
    const props = state["securityGroupId"] === undefined ? parse(id) : state;
    const { ec2 } = aws.in(props);
    const input = inputOf(props);
    await doing(`revoking Security Group (${input.GroupId}) Rule (${id})`, () =>
      orGone(["InvalidGroup.NotFound", "InvalidPermission.NotFound"], async () => {
        if (props["type"] === "egress") await ec2.send(new RevokeSecurityGroupEgressCommand(input));
        else await ec2.send(new RevokeSecurityGroupIngressCommand(input));
      }),
    );
  },
};

function rules(inputs: Plain): CheckFailure[] {
  const given = SOURCES.filter(
    (name) =>
      inputs[name] !== undefined && inputs[name] !== false && strings(inputs[name])?.length !== 0,
  );
  if (given.length > 0) return [];
  const reason = `Missing required argument. One of ${SOURCES.join(", ")} must be given`;
  return [{ property: "cidrBlocks", reason }];
}
