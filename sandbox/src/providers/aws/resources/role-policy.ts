/** Inline policies of IAM roles. */
import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import type { Resource } from "../../tables/definition.ts";
import { computed, kept, replace, required, sameJson, text } from "../../tables/fields.ts";
import { type Plain, word } from "../../tables/plain.ts";
import { doing, orGone, policyFaults, str } from "../common.ts";
import type { Aws } from "../connect.ts";

/** Import id: `role:policy`. */
function parse(id: string): { RoleName: string; PolicyName: string } {
  const [RoleName, PolicyName] = id.split(":");
  if (!RoleName || !PolicyName) throw new Error(`id ${id} must have the form <role>:<policy>`);
  return { RoleName, PolicyName };
}

async function put(aws: Aws, where: ReturnType<typeof parse>, props: Plain): Promise<void> {
  const command = new PutRolePolicyCommand({ ...where, PolicyDocument: word(props["policy"]) });
  await doing(`putting IAM Role (${where.RoleName}) Policy (${where.PolicyName})`, () =>
    aws.in().iam.send(command),
  );
}

export const rolePolicy: Resource<Aws> = {
  token: "aws:iam/rolePolicy:RolePolicy",
  fields: {
    name: text({ ...computed, ...replace }),
    namePrefix: text({ ...replace, ...kept }),
    role: text({ ...required, ...replace }),
    policy: text({ ...required, same: sameJson }),
  },
  autoName: { field: "name", max: 128, unless: "namePrefix" },
  validate: (inputs) => policyFaults(inputs, "policy"),
  async create({ client: aws }, inputs) {
    const PolicyName = str(inputs["name"]) ?? `${word(inputs["namePrefix"])}${Date.now()}`;
    const where = { RoleName: word(inputs["role"]), PolicyName };
    await put(aws, where, inputs);
    return `${where.RoleName}:${PolicyName}`;
  },
  async read({ client: aws }, id) {
    const where = parse(id);
    const told = await orGone(["NoSuchEntity"], () =>
      aws.in().iam.send(new GetRolePolicyCommand(where)),
    );
    if (told === undefined) return undefined;
    const policy = decodeURIComponent(told.PolicyDocument ?? "");
    return { name: where.PolicyName, role: where.RoleName, policy };
  },
  async update({ client: aws }, { id, news }) {
    await put(aws, parse(id), news);
  },
  async delete({ client: aws }, id) {
    await doing(`deleting IAM Role Policy (${id})`, () =>
      orGone(["NoSuchEntity"], () => aws.in().iam.send(new DeleteRolePolicyCommand(parse(id)))),
    );
  },
};
