import { objectName, type Change } from "../base/change";
import { UNKNOWN } from "../base/redact";
import { shortType } from "../base/urn";
import type { AwsLookup } from "./aws-lookup";
import type { FoundLoadBalancer } from "./found-load-balancer";
import { get, type Mapping } from "../../teleport/values";

/** Levels of what people notice of a change, the worst first. */
export const LEVELS = ["outage", "disconnects", "restarts", "notice"] as const;
export type Level = (typeof LEVELS)[number];

/** One consequence of a change for people and pods. */
export interface Consequence {
  level: Level;
  text: string;
}

/** Levels of the cost of going back, the highest first. */
export const COSTS = ["one way", "loses something", "disturbs again", "free"] as const;
export type Cost = (typeof COSTS)[number];

/** Cost of going back to the state before a change, and its reason. */
export interface CostOfReturn {
  cost: Cost;
  reason: string;
}

/** Protection of a kind: its name for `--allow`, and the effect of its loss. */
export interface Protection {
  name: string;
  loss: string;
}

/** The part of a resource of a plan, a state or a step that decides its kind. */
export interface Typed {
  type: string;
  /** URN, which contains its components. */
  urn?: string;
  inputs?: unknown;
}

/** What reports say about a kind of resource, and how its resources are found. */
export interface ResourceKind {
  /** Pattern of its type tokens. */
  type: RegExp;
  /** Condition, for kinds that share a type. */
  is?: (resource: Typed) => boolean;
  /** Main facts of a resource, for one line. */
  facts?: (inputs: unknown, protect: boolean) => (string | undefined)[];
  /** Properties that the provider cannot change in place. */
  fixed?: readonly string[];
  /** Effects of a change on sessions and pods. Default: none. */
  effects?: (change: Change) => Consequence[];
  /** Cost of going back after a replacement or deletion. Default: none. */
  returns?: (change: Change) => CostOfReturn[];
  protection?: Protection;
  /** Protection of the last resource that a stack has of all kinds with the same one. Default: none. */
  protectionOfLast?: Protection;
  /** Finds a resource in AWS by its inputs. Resolves to its id, or to undefined if there is none. */
  findInAws?: (inputs: Mapping, aws: AwsLookup) => Promise<string | undefined>;
  /** Its id in an existing load balancer. */
  adoptFromAws?: (inputs: Mapping, found: FoundLoadBalancer) => string | undefined;
  /** Its path in Vault's API, and its id for Pulumi's import. */
  inVault?: (inputs: Mapping) => { path: string; id: string };
}

/** True if the resource is deleted, at least for a while. */
export const isRemoved = ({ operation }: Change): boolean =>
  operation === "delete" || operation === "replace";

/** A consequence of a replacement or deletion only. */
export const whenLost =
  (level: Level, text: string) =>
  (change: Change): Consequence[] =>
    isRemoved(change) ? [{ level, text }] : [];

/** A cost of a replacement or deletion only. `reason` completes "Kind name: …". */
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
