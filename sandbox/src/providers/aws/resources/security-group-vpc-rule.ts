/** The ingress and egress rule resources of `vpc`: one rule with one source or destination. */
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  DescribeSecurityGroupRulesCommand,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type IpPermission,
  type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import type { CheckFailure } from "../../framework.ts";
import type { Resource } from "../../tables/definition.ts";
import { number, output, replace, required, text } from "../../tables/fields.ts";
import { type Plain, word } from "../../tables/plain.ts";
import {
  doing,
  known,
  num,
  orGone,
  planTagged,
  regional,
  regionalId,
  str,
  tagged,
  tagState,
} from "../common.ts";
import type { Aws } from "../connect.ts";
import { tagSpec, updateEc2Tags } from "./ec2-tags.ts";
import { protocol, sameProtocol } from "./ip-permissions.ts";

const SOURCES = ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"];
const GONE = ["InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound"];

function permission(props: Plain): IpPermission {
  const Description = str(props["description"]);
  const one = <T>(field: string, make: (value: string) => T): T[] | undefined =>
    props[field] === undefined ? undefined : [make(word(props[field]))];
  return {
    IpProtocol: protocol(props["ipProtocol"]),
    FromPort: num(props["fromPort"]),
    ToPort: num(props["toPort"]),
    IpRanges: one("cidrIpv4", (CidrIp) => ({ CidrIp, Description })),
    Ipv6Ranges: one("cidrIpv6", (CidrIpv6) => ({ CidrIpv6, Description })),
    PrefixListIds: one("prefixListId", (PrefixListId) => ({ PrefixListId, Description })),
    UserIdGroupPairs: one("referencedSecurityGroupId", (source) => {
      // A group of another account has the form `<account>/<group>`.
      const [UserId, GroupId] = source.includes("/") ? source.split("/") : [undefined, source];
      return { UserId, GroupId, Description };
    }),
  };
}

async function find(aws: Aws, id: string, props: Plain): Promise<SecurityGroupRule | undefined> {
  const command = new DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [id] });
  const told = await orGone(GONE, () => aws.in(props).ec2.send(command));
  return told?.SecurityGroupRules?.find((rule) => rule.SecurityGroupRuleId === id);
}

function rule(egress: boolean): Resource<Aws> {
  const way = egress ? "Egress" : "Ingress";
  return {
    token: `aws:vpc/securityGroup${way}Rule:SecurityGroup${way}Rule`,
    fields: {
      ...regional,
      ...tagged,
      securityGroupId: text({ ...required, ...replace }),
      ipProtocol: text({ ...required, same: sameProtocol }),
      fromPort: number(),
      toPort: number(),
      cidrIpv4: text(),
      cidrIpv6: text(),
      prefixListId: text(),
      referencedSecurityGroupId: text(),
      description: text(),
      arn: text(output),
      securityGroupRuleId: text(output),
    },
    validate: oneSource,
    plan: planTagged,
    async create({ client: aws }, inputs) {
      const input = {
        GroupId: str(inputs["securityGroupId"]),
        IpPermissions: [permission(inputs)],
        TagSpecifications: tagSpec(aws, "security-group-rule", inputs),
      };
      const { ec2 } = aws.in(inputs);
      const made = await doing(`creating VPC Security Group ${way} Rule`, () =>
        egress
          ? ec2.send(new AuthorizeSecurityGroupEgressCommand(input))
          : ec2.send(new AuthorizeSecurityGroupIngressCommand(input)),
      );
      const id = made.SecurityGroupRules?.[0]?.SecurityGroupRuleId;
      if (!id) throw new Error(`creating VPC Security Group ${way} Rule: the API returned no id`);
      return id;
    },
    async read({ client: aws }, id, state) {
      const { id: ruleId, region } = regionalId(id);
      const where = region ? { ...state, region } : state;
      const found = await find(aws, ruleId, where);
      if (!found) return undefined;
      const port = (value: number | undefined) =>
        found.IpProtocol === "-1" && (value === undefined || value === -1) ? undefined : value;
      const account = found.GroupOwnerId ?? aws.account;
      const referenced = found.ReferencedGroupInfo;
      const said = word(state["referencedSecurityGroupId"] ?? "");
      return {
        id: ruleId,
        ...tagState(aws, found.Tags ?? [], state),
        ...known({
          region: aws.regionOf(where),
          arn: `arn:aws:ec2:${aws.regionOf(where)}:${account}:security-group-rule/${ruleId}`,
          securityGroupRuleId: ruleId,
          securityGroupId: found.GroupId,
          ipProtocol: found.IpProtocol,
          fromPort: port(found.FromPort),
          toPort: port(found.ToPort),
          cidrIpv4: found.CidrIpv4,
          cidrIpv6: found.CidrIpv6,
          prefixListId: found.PrefixListId,
          referencedSecurityGroupId:
            said.includes("/") && referenced?.GroupId
              ? `${referenced.UserId}/${referenced.GroupId}`
              : referenced?.GroupId,
          description: found.Description || undefined,
        }),
      };
    },
    async update({ client: aws }, { id, olds, news, changed }) {
      if ([...changed].some((name) => name !== "tags" && name !== "tagsAll")) {
        const SecurityGroupRule = {
          IpProtocol: protocol(news["ipProtocol"]),
          FromPort: num(news["fromPort"]),
          ToPort: num(news["toPort"]),
          CidrIpv4: str(news["cidrIpv4"]),
          CidrIpv6: str(news["cidrIpv6"]),
          PrefixListId: str(news["prefixListId"]),
          ReferencedGroupId: str(news["referencedSecurityGroupId"])?.split("/").at(-1),
          Description: str(news["description"]),
        };
        const command = new ModifySecurityGroupRulesCommand({
          GroupId: str(news["securityGroupId"]),
          SecurityGroupRules: [{ SecurityGroupRuleId: id, SecurityGroupRule }],
        });
        await doing(`updating VPC Security Group Rule (${id})`, () =>
          aws.in(news).ec2.send(command),
        );
      }
      await updateEc2Tags(aws, id, olds, news);
    },
    async delete({ client: aws }, id, state) {
      const input = { GroupId: str(state["securityGroupId"]), SecurityGroupRuleIds: [id] };
      const { ec2 } = aws.in(state);
      await doing(`deleting VPC Security Group Rule (${id})`, () =>
        orGone([...GONE, "InvalidPermission.NotFound"], async () => {
          if (egress) await ec2.send(new RevokeSecurityGroupEgressCommand(input));
          else await ec2.send(new RevokeSecurityGroupIngressCommand(input));
        }),
      );
    },
  };
}

function oneSource(inputs: Plain): CheckFailure[] {
  const given = SOURCES.filter((name) => inputs[name] !== undefined);
  const failures: CheckFailure[] = [];
  if (given.length !== 1) {
    failures.push({
      property: "cidrIpv4",
      reason:
        `Invalid Attribute Combination. Exactly one of ${SOURCES.join(", ")} must be given, ` +
        `got ${given.length}`,
    });
  }
  if (typeof inputs["ipProtocol"] === "string" && protocol(inputs["ipProtocol"]) === "-1") {
    for (const property of ["fromPort", "toPort"]) {
      if (inputs[property] === undefined || Number(inputs[property]) === -1) continue;
      failures.push({ property, reason: "must not be set if ipProtocol is -1 (all)" });
    }
  }
  return failures;
}

export const ingressRule = rule(false);
export const egressRule = rule(true);
