import { kindOf } from ".";
import type { AwsLookup } from "./aws-lookup";

/** Whether a resource exists. */
export type FindResult =
  | { state: "exists"; id: string }
  | { state: "absent" }
  /** Creating it again has the same result, whether it exists or not. */
  | { state: "repeatable" }
  | { state: "unknown"; why: string };

/** Looks for the real object of a resource. Resolves to undefined for types that it does not know. */
export type Finder = (resource: {
  urn: string;
  type: string;
  inputs?: Record<string, unknown>;
}) => Promise<FindResult | undefined>;

/** Finder for the parts of the load balancer and its DNS records, by the names in the program. */
export function awsFinder(aws: AwsLookup): Finder {
  return async (resource) => {
    const find = kindOf(resource)?.findInAws;
    if (find === undefined) return undefined;
    const id = await find(resource.inputs ?? {}, aws);
    return id === undefined ? { state: "absent" } : { state: "exists", id };
  };
}
