/** What all resources of this provider share: region, tags, error names, waiting. */
import type { CheckFailure } from "../framework.ts";
import type { Context, Resource } from "../tables/definition.ts";
import { computed, map, output, replace, text, type Fields } from "../tables/fields.ts";
import { type Plain, word } from "../tables/plain.ts";
import { messageOf, type Aws } from "./connect.ts";

export const regional: Fields = { region: text({ ...computed, ...replace }) };
export const tagged: Fields = { tags: map(), tagsAll: map(output) };

type Tags = Record<string, string>;

/** The provider's default tags, overridden by the resource's own tags. */
export function allTags(aws: Aws, props: Plain): Tags {
  const own = (props["tags"] ?? {}) as Tags;
  return { ...aws.defaultTags, ...own };
}

/** Outputs that a preview can compute, so that it shows a change of the provider's settings. */
export const planRegion = (aws: Aws, news: Plain): Plain =>
  typeof news["region"] === "symbol" ? {} : { region: aws.regionOf(news) };

export const planTagged: NonNullable<Resource<Aws>["plan"]> = (aws, news) => ({
  ...planRegion(aws, news),
  ...(typeof news["tags"] === "symbol" ? {} : { tagsAll: allTags(aws, news) }),
});

/** `tags` and `tagsAll` for the state, from the tags that the API returns. */
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

/** The tags that an update must set and remove. */
export function tagChanges(olds: Plain, wanted: Tags): { set: Tags; remove: string[] } {
  const before = (olds["tagsAll"] ?? {}) as Tags;
  return {
    set: Object.fromEntries(Object.entries(wanted).filter(([k, v]) => before[k] !== v)),
    remove: Object.keys(before).filter((key) => !(key in wanted)),
  };
}

/** True if the API returned one of these error codes. */
export function isError(error: unknown, ...codes: string[]): boolean {
  const { name, Code } = (error ?? {}) as { name?: string; Code?: string };
  return codes.some((code) => name === code || Code === code || name === `${code}Exception`);
}

/** Runs an API call. Errors name the operation `what`. */
export async function doing<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new Error(`${what}: ${messageOf(error)}`, { cause: error });
  }
}

/** The result of `run`, or undefined if the API returns one of the error codes `codes`. */
export async function orGone<T>(codes: string[], run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (isError(error, ...codes) || isError((error as Error).cause, ...codes)) return undefined;
    throw error;
  }
}

/** Repeats `look` until it returns a value. `what` names the wait in status and error messages. */
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

/** `value` as a string, or undefined. */
export const str = (value: unknown): string | undefined =>
  value === undefined || value === null ? undefined : word(value);
export const num = (value: unknown): number | undefined =>
  value === undefined || value === null ? undefined : Number(value);
export const strings = (value: unknown): string[] | undefined =>
  Array.isArray(value) ? value.map(word) : undefined;

/** Failures for the properties of `of`, such as "a role", that are set but not supported. */
export const unsupported = (inputs: Plain, names: readonly string[], of: string): CheckFailure[] =>
  names
    .filter((name) => inputs[name] !== undefined)
    .map((property) => ({
      property,
      reason: `the offline stand-in does not support "${property}" of ${of}`,
    }));

/** Failures for a policy that is not JSON, which the provider finds before it calls AWS. */
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

/** `props` without null and undefined members, which the state must not hold. */
export function known(props: Record<string, unknown>): Plain {
  return Object.fromEntries(
    Object.entries(props).filter(([, value]) => value !== undefined && value !== null),
  ) as Plain;
}

/** The end of an ARN from `from` on, such as `app/name/id`, which CloudWatch uses as a name. */
export function arnSuffix(arn: string, from: string): string {
  const last = arn.split(":").at(-1) ?? "";
  return last.slice(Math.max(0, last.indexOf(from)));
}

/** The parts of `id@region`, which imports of resources in other regions use. */
export function regionalId(id: string): { id: string; region?: string } {
  const match = /^(.+)@([a-z]{2}(?:-[a-z]+)+-\d)$/.exec(id);
  return match ? { id: match[1] as string, region: match[2] } : { id };
}
