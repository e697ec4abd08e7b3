/** Shared by the EC2 lookup functions: request filters, tag maps and the choice of a single match. */
import type { Filter } from "@aws-sdk/client-ec2";
import { word, type Plain } from "../tables/plain.ts";
import { str, strings } from "./common.ts";

type Tags = Record<string, string>;

/** API filters from the argument `filters`, a tag map, and the arguments that `named` maps to filters. */
export function filtersOf(
  args: Plain,
  tags: unknown,
  named: Record<string, string> = {},
): Filter[] {
  const filters = ((args["filters"] ?? []) as Plain[]).map((filter) => ({
    Name: str(filter["name"]),
    Values: strings(filter["values"]),
  }));
  for (const [key, value] of Object.entries((tags ?? {}) as Tags)) {
    filters.push({ Name: `tag:${key}`, Values: [value] });
  }
  for (const [field, name] of Object.entries(named)) {
    if (args[field] !== undefined) filters.push({ Name: name, Values: [word(args[field])] });
  }
  return filters;
}

export const some = <T>(items: T[]): T[] | undefined => (items.length > 0 ? items : undefined);
export const tagMap = (tags: { Key?: string; Value?: string }[] | undefined): Tags =>
  Object.fromEntries((tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));

/** The single match. Throws the official provider's errors. */
export function only<T>(items: T[], what: string): T {
  if (items.length === 0) throw new Error(`no matching EC2 ${what} found`);
  if (items.length > 1) {
    throw new Error(
      `multiple EC2 ${what}s matched; use additional constraints to reduce matches to a single EC2 ${what}`,
    );
  }
  return items[0] as T;
}
