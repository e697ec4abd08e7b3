/** Tags and attributes of load balancers, target groups and listeners. */
import {
  AddTagsCommand,
  DescribeTagsCommand,
  RemoveTagsCommand,
  type ElasticLoadBalancingV2Client,
  type Tag,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { type Plain, type PlainValue, word } from "../../tables/plain.ts";
import { allTags, tagChanges, tagList } from "../common.ts";
import type { Aws } from "../connect.ts";

export async function readTags(elb: ElasticLoadBalancingV2Client, arn: string): Promise<Tag[]> {
  const answer = await elb.send(new DescribeTagsCommand({ ResourceArns: [arn] }));
  return answer.TagDescriptions?.[0]?.Tags ?? [];
}

export async function updateTags(aws: Aws, arn: string, olds: Plain, news: Plain): Promise<void> {
  const elb = aws.in(news).elb;
  const { set, remove } = tagChanges(olds, allTags(aws, news));
  if (remove.length > 0) {
    await elb.send(new RemoveTagsCommand({ ResourceArns: [arn], TagKeys: remove }));
  }
  const Tags = tagList(set);
  if (Tags.length > 0) await elb.send(new AddTagsCommand({ ResourceArns: [arn], Tags }));
}

/** An API attribute and the field that sets it. */
export interface Attribute {
  field: string;
  key: string;
  kind: "text" | "number" | "flag";
  /** Load balancer types or target group protocols that have the attribute. Default: all. */
  only?: readonly string[];
}

/** API attributes for the fields that are set. */
export function toAttributes(
  table: readonly Attribute[],
  props: Plain,
  having: string,
  pick: (field: string) => boolean,
): { Key: string; Value: string }[] {
  return table
    .filter((a) => (!a.only || a.only.includes(having)) && pick(a.field))
    .filter((a) => props[a.field] !== undefined)
    .map((a) => ({ Key: a.key, Value: word(props[a.field]) }));
}

export type Told = Record<string, string>;
export const toldOf = (list: { Key?: string; Value?: string }[] | undefined): Told =>
  Object.fromEntries((list ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));

/** Field values from the attributes that the API returns. */
export function fromAttributes(table: readonly Attribute[], told: Told): Plain {
  const out: Plain = {};
  for (const { field, key, kind } of table) {
    const value = told[key];
    if (value === undefined) continue;
    out[field] = converted(kind, value);
  }
  return out;
}

function converted(kind: Attribute["kind"], value: string): PlainValue {
  if (kind === "flag") return value === "true";
  return kind === "number" ? Number(value) : value;
}

export const nonEmpty = <T>(items: T[]): T[] | undefined => (items.length > 0 ? items : undefined);

/** Why the API would refuse this name of a load balancer or target group, or undefined. */
export function nameProblem(name: string): string | undefined {
  if (!/^[0-9A-Za-z-]+$/.test(name))
    return 'only alphanumeric characters and hyphens allowed in "name"';
  if (name.length > 32) return '"name" cannot be longer than 32 characters';
  if (name.startsWith("-")) return '"name" cannot begin with a hyphen';
  if (name.endsWith("-")) return '"name" cannot end with a hyphen';
  return name.startsWith("internal-") ? '"name" cannot begin with "internal-"' : undefined;
}
