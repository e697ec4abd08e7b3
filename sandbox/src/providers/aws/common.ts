/** What all resources of this provider share: region, tags, error names, waiting. */
import type { CheckFailure } from "../framework.ts";
import type { Context, Resource } from "../tables/definition.ts";
import { computed, map, output, replace, text, type Fields } from "../tables/fields.ts";
import { type Plain, word } from "../tables/plain.ts";
import { messageOf, type Aws } from "./connect.ts";

export const regional: Fields = { region: text({ ...computed, ...replace }) };
export const tagged: Fields = { tags: map(), tagsAll: map(output) };

type Tags = Record<string, string>;

/** The resource's own tags over the provider's default ones. */
export function allTags(aws: Aws, props: Plain): Tags {
  const own = (props["tags"] ?? {}) as Tags;
  return { ...aws.defaultTags, ...own };
}

/** Outputs known beforehand, so that a change of provider settings shows as a change. */
export const planRegion = (aws: Aws, news: Plain): Plain =>
  typeof news["region"] === "symbol" ? {} : { region: aws.regionOf(news) };

export const planTagged: NonNullable<Resource<Aws>["plan"]> = (aws, news) => ({
  ...planRegion(aws, news),
  ...(typeof news["tags"] === "symbol" ? {} : { tagsAll: allTags(aws, news) }),
});

/** `tags` and `tagsAll` of state from what the API tells. */
export function tagState(aws: Aws, told: { Key?: string; Value?: string }[], state: Plain): Plain {
  const { keys, prefixes } = aws.ignoredTags;
  const all: Tags = {};
  for (const { Key = "", Value = "" } of told) {
    if (Key.startsWith("aws:") || keys.includes(Key)) continue;
    if (prefixes.some((prefix) => Key.startsWith(prefix))) continue;
    all[Key] = Value;
  }
  const said = (state["tags"] ?? {}) as Tags;
  const own = Object.entries(all).filter(
    ([key, value]) => key in said || aws.defaultTags[key] !== value,
  );
  return { tags: Object.fromEntries(own), tagsAll: all };
}

export function tagList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** What to set and what to take away to get from one tag set to another. */
export function tagChanges(olds: Plain, wanted: Tags): { set: Tags; remove: string[] } {
  const before = (olds["tagsAll"] ?? {}) as Tags;
  return {
    set: Object.fromEntries(Object.entries(wanted).filter(([k, v]) => before[k] !== v)),
    remove: Object.keys(before).filter((key) => !(key in wanted)),
  };
}

/** True when the API said one of these error codes. */
export function isError(error: unknown, ...codes: string[]): boolean {
  const { name, Code } = (error ?? {}) as { name?: string; Code?: string };
  return codes.some((code) => name === code || Code === code || name === `${code}Exception`);
}

/** Runs an API call; a failure says what was being done to what. */
export async function doing<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new Error(`${what}: ${messageOf(error)}`, { cause: error });
  }
}

/** The answer, or undefined when the API says that it does not exist. */
export async function orGone<T>(codes: string[], run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (isError(error, ...codes) || isError((error as Error).cause, ...codes)) return undefined;
    throw error;
  }
}

/** Repeats `look` until it gives something; `what` tells the user what for. */
export async function waitFor<T>(
  context: Context<Aws>,
  what: string,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const end = Date.now() + context.timeout * 1000;
  for (let pause = 200; ; pause = Math.min(pause * 1.5, 10_000)) {
    const found = await look();
    if (found !== undefined) return found;
    if (context.signal.aborted) throw new Error(`${what}: interrupted`);
    if (Date.now() + pause > end) throw new Error(`${what}: timeout after ${context.timeout}s`);
    context.status(`${what} …`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** `value` as the string, or undefined. */
export const str = (value: unknown): string | undefined =>
  value === undefined || value === null ? undefined : word(value);
export const num = (value: unknown): number | undefined =>
  value === undefined || value === null ? undefined : Number(value);
export const strings = (value: unknown): string[] | undefined =>
  Array.isArray(value) ? value.map(word) : undefined;

/** Refuses properties of a thing, such as "a role", that are set and not played. */
export const notPlayed = (inputs: Plain, names: readonly string[], of: string): CheckFailure[] =>
  names
    .filter((name) => inputs[name] !== undefined)
    .map((property) => ({
      property,
      reason: `the offline stand-in has no "${property}" of ${of}`,
    }));

/** What the provider finds wrong with a policy before it asks AWS. */
export function policyFaults(inputs: Plain, property: string): CheckFailure[] {
  const policy = inputs[property];
  if (typeof policy !== "string") return [];
  try {
    JSON.parse(policy);
    return [];
  } catch (error) {
    return [
      { property, reason: `"${property}" contains an invalid JSON policy: ${messageOf(error)}` },
    ];
  }
}

/** An object without undefined members, as state wants it. */
export function known(props: Record<string, unknown>): Plain {
  return Object.fromEntries(
    Object.entries(props).filter(([, value]) => value !== undefined && value !== null),
  ) as Plain;
}

/** `app/name/id` of an ARN: what CloudWatch calls the resource. */
export function arnSuffix(arn: string, from: string): string {
  const last = arn.split(":").at(-1) ?? "";
  return last.slice(Math.max(0, last.indexOf(from)));
}

/** Ids may carry `@region`, as imports of resources elsewhere do. */
export function regionalId(id: string): { id: string; region?: string } {
  const match = /^(.+)@([a-z]{2}(?:-[a-z]+)+-\d)$/.exec(id);
  return match ? { id: match[1] as string, region: match[2] } : { id };
}
