import type { Change } from "../base/change";
import { UNKNOWN } from "../base/redact";
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

/** Name of a protection for `--allow`, and what it protects from. */
export interface Protection {
  allow: string;
  text: string;
}

/** The loss of a resource, by its replacement or deletion. */
export interface Loss extends Consequence {
  /** Name for `--allow`. Default: nothing protects the resource. */
  allow?: string;
  /** Why going back does not undo it; the reason completes "Kind name: …". Default: it does. */
  back?: CostOfReturn;
}

/** What is gone for good. */
export const gone = (reason: string): CostOfReturn => ({ cost: "loses something", reason });

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
  /** Effects of an update on sessions and pods. Default: none. */
  effects?: (change: Change) => Consequence[];
  /** Cost of going back after any change, besides that of a loss. Default: none. */
  returns?: (change: Change) => CostOfReturn[];
  lost?: Loss;
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

/** An input as a fact: a list with commas, anything else as JSON. */
export function factText(value: unknown): string {
  if (value === undefined) return UNKNOWN;
  if (Array.isArray(value)) return value.map(factText).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The input at a path as a fact. */
export const fact = (inputs: unknown, ...path: (string | number)[]): string =>
  factText(get(inputs, ...path));
