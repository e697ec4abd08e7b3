import { kindOf } from ".";
import type { AwsLookup } from "./aws-lookup";

/** What exists of a resource. */
export type FindResult =
  | { state: "exists"; id: string }
  | { state: "absent" }
  /** Making it again does the same, whether it was made or not. */
  | { state: "repeatable" }
  | { state: "unknown"; why: string };

/** Looks for the real object of a resource; resolves to undefined for a type that is not its own. */
export type Finder = (resource: {
  urn: string;
  type: string;
  inputs?: Record<string, unknown>;
}) => Promise<FindResult | undefined>;

/** Finds what the load balancer and its names consist of, by what the program called it. */
export function awsFinder(aws: AwsLookup): Finder {
  return async (resource) => {
    const find = kindOf(resource)?.findInAws;
    if (find === undefined) return undefined;
    const id = await find(resource.inputs ?? {}, aws);
    return id === undefined ? { state: "absent" } : { state: "exists", id };
  };
}
