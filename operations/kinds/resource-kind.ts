import { objectName, type Change } from "../base/change";
import { UNKNOWN } from "../base/redact";
import { shortType } from "../base/urn";
import type { AwsLookup } from "./aws-lookup";
import type { FoundLoadBalancer } from "./found-load-balancer";
import { get, type Mapping } from "../../teleport/values";

/** What people notice of a change, the worst first. */
export const LEVELS = ["outage", "disconnects", "restarts", "notice"] as const;
export type Level = (typeof LEVELS)[number];

/** One consequence of a change for people and pods. */
export interface Consequence {
  level: Level;
  text: string;
}

/** How hard it is to go back, the hardest first. */
export const COSTS = ["one way", "loses something", "disturbs again", "free"] as const;
export type Cost = (typeof COSTS)[number];

/** What going back to the state before a change costs, and why. */
export interface CostOfReturn {
  cost: Cost;
  reason: string;
}

/** What `--allow` calls a kind whose replacement or deletion cuts people off, and what it does. */
export interface Protection {
  name: string;
  loss: string;
}

/** A resource of a plan, a state or an engine's step, as far as its kind follows from it. */
export interface Typed {
  type: string;
  /** Tells the components it is in. */
  urn?: string;
  inputs?: unknown;
}

/** Everything people see about a kind of resource, and how a resource of it is found. */
export interface ResourceKind {
  /** Whole type tokens. */
  type: RegExp;
  /** Tells kinds of one type apart. */
  is?: (resource: Typed) => boolean;
  /** What matters about one, short enough for a line. */
  facts?: (inputs: unknown, protect: boolean) => (string | undefined)[];
  /** Properties that the provider cannot change in place. */
  fixed?: readonly string[];
  /** What a change of one does to sessions and pods. Default: nothing. */
  effects?: (change: Change) => Consequence[];
  /** What going back costs once one is replaced or deleted. Default: nothing. */
  returns?: (change: Change) => CostOfReturn[];
  protection?: Protection;
  /** Finds one in AWS by its inputs; resolves to its id, or to undefined when there is none. */
  findInAws?: (inputs: Mapping, aws: AwsLookup) => Promise<string | undefined>;
  /** Its id among what was found of an existing load balancer. */
  adoptFromAws?: (inputs: Mapping, found: FoundLoadBalancer) => string | undefined;
  /** Its path in Vault's API, and the id under which Pulumi imports it. */
  inVault?: (inputs: Mapping) => { path: string; id: string };
}

/** The resource goes, at least for a while. */
export const isRemoved = ({ operation }: Change): boolean =>
  operation === "delete" || operation === "replace";

/** A consequence that only the loss of a resource has. */
export const whenLost =
  (level: Level, text: string) =>
  (change: Change): Consequence[] =>
    isRemoved(change) ? [{ level, text }] : [];

/** A cost that only the loss of a resource has. `reason` completes "Kind name: …". */
export const costWhenLost =
  (cost: Cost, reason: string) =>
  (change: Change): CostOfReturn[] =>
    isRemoved(change)
      ? [{ cost, reason: `${shortType(change.type)} ${objectName(change)}: ${reason}` }]
      : [];

/** An input as a fact: a list with commas, anything else as JSON. */
export function factText(value: unknown): string {
  if (value === undefined) return UNKNOWN;
  if (Array.isArray(value)) return value.map(factText).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The input at a path as a fact. */
export const fact = (inputs: unknown, ...path: (string | number)[]): string =>
  factText(get(inputs, ...path));
