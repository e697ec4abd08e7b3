/** IAM roles, without the policies that have resource types of their own. */
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import type { CheckFailure } from "../../framework.ts";
import type { Resource } from "../../tables/definition.ts";
import {
  any,
  computed,
  flag,
  kept,
  map,
  number,
  output,
  replace,
  required,
  sameJson,
  text,
} from "../../tables/fields.ts";
import { type Plain, word } from "../../tables/plain.ts";
import {
  allTags,
  doing,
  known,
  unsupported,
  num,
  orGone,
  planTagged,
  policyFaults,
  str,
  tagChanges,
  tagList,
  tagState,
} from "../common.ts";
import type { Aws } from "../connect.ts";

const GONE = ["NoSuchEntity"];
const UNSUPPORTED = ["inlinePolicies", "managedPolicyArns", "permissionsBoundary"];

function rules(inputs: Plain): CheckFailure[] {
  const failures = unsupported(inputs, UNSUPPORTED, "a role");
  for (const [property, most] of [
    ["name", 64],
    ["namePrefix", 38],
  ] as const) {
    const name = inputs[property];
    if (typeof name !== "string" || new RegExp(`^[\\w+=,.@-]{1,${most}}$`).test(name)) continue;
    failures.push({ property, reason: `"${name}" is not a valid ${property} of a role` });
  }
  return [...failures, ...policyFaults(inputs, "assumeRolePolicy")];
}

export const role: Resource<Aws> = {
  token: "aws:iam/role:Role",
  fields: {
    tags: map(),
    tagsAll: map(output),
    name: text({ ...computed, ...replace }),
    namePrefix: text({ ...replace, ...kept }),
    path: text({ ...replace, default: "/" }),
    description: text(),
    assumeRolePolicy: text({ ...required, same: sameJson }),
    maxSessionDuration: number({ default: 3600 }),
    forceDetachPolicies: flag({ ...kept, default: false }),
    inlinePolicies: any(computed),
    managedPolicyArns: any(computed),
    permissionsBoundary: any(computed),
    arn: text(output),
    createDate: text(output),
    uniqueId: text(output),
  },
  autoName: { field: "name", max: 64, unless: "namePrefix" },
  validate: rules,
  plan: planTagged,
  async create({ client: aws }, inputs) {
    const RoleName = str(inputs["name"]) ?? `${word(inputs["namePrefix"])}${Date.now()}`;
    const command = new CreateRoleCommand({
      RoleName,
      Path: str(inputs["path"]),
      Description: str(inputs["description"]),
      AssumeRolePolicyDocument: word(inputs["assumeRolePolicy"]),
      MaxSessionDuration: num(inputs["maxSessionDuration"]),
      Tags: tagList(allTags(aws, inputs)),
    });
    await doing(`creating IAM Role (${RoleName})`, () => aws.in(inputs).iam.send(command));
    return RoleName;
  },
  async read({ client: aws }, id, state) {
    const told = await orGone(GONE, () => aws.in().iam.send(new GetRoleCommand({ RoleName: id })));
    const found = told?.Role;
    if (found === undefined) return undefined;
    return {
      ...tagState(aws, found.Tags ?? [], state),
      ...known({
        name: found.RoleName,
        path: found.Path,
        description: found.Description ?? "",
        assumeRolePolicy: decodeURIComponent(found.AssumeRolePolicyDocument ?? ""),
        maxSessionDuration: found.MaxSessionDuration,
        arn: found.Arn,
        createDate: found.CreateDate?.toISOString(),
        uniqueId: found.RoleId,
      }),
    };
  },
  async update({ client: aws }, { id: RoleName, olds, news, changed }) {
    const { iam } = aws.in();
    await doing(`updating IAM Role (${RoleName})`, async () => {
      if (changed.has("assumeRolePolicy")) {
        const PolicyDocument = word(news["assumeRolePolicy"]);
        await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
      }
      if (changed.has("description") || changed.has("maxSessionDuration")) {
        const MaxSessionDuration = num(news["maxSessionDuration"]);
        const Description = word(news["description"]);
        await iam.send(new UpdateRoleCommand({ RoleName, Description, MaxSessionDuration }));
      }
      const { set, remove } = tagChanges(olds, allTags(aws, news));
      if (remove.length > 0) await iam.send(new UntagRoleCommand({ RoleName, TagKeys: remove }));
      const Tags = tagList(set);
      if (Tags.length > 0) await iam.send(new TagRoleCommand({ RoleName, Tags }));
    });
  },
  async delete({ client: aws }, RoleName) {
    await doing(`deleting IAM Role (${RoleName})`, () =>
      orGone(GONE, () => aws.in().iam.send(new DeleteRoleCommand({ RoleName }))),
    );
  },
};
