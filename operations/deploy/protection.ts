import { GUARD_VARIABLE } from "../../settings/guard";
import { get } from "../../teleport/values";
import { CommandError } from "../base/exit-codes";
import type { StackState } from "../engine/state";
import type { Step } from "../engine/steps";
import { PROTECTED_NAMES, protectionOf, protectionOfLast } from "../kinds";
import type { Protection } from "../kinds/resource-kind";
import { isGroup, objectPlace, shortUrn } from "../base/urn";

/** The value of `--allow`: a kind, `all` kinds, or one resource of a kind. */
export interface Allowance {
  kind: string;
  /** Name in the program or in Kubernetes. */
  name?: string;
}

/** Parses `KIND` or `KIND:NAME`. Throws for an unknown kind. */
export function parseAllowance(text: string): Allowance {
  const [kind = "", ...rest] = text.split(":");
  if (kind !== "all" && !PROTECTED_NAMES.includes(kind)) {
    throw new CommandError(
      "USAGE",
      `--allow is "${text}", must be one of ${PROTECTED_NAMES.join(", ")}, all, ` +
        "or such a kind with a name: role:auditor.",
    );
  }
  const name = rest.join(":");
  return { kind, name: name === "" ? undefined : name };
}

/** A protected resource that a deployment would replace or delete. */
export interface Refusal {
  kind: string;
  action: "replace" | "delete";
  urn: string;
  name: string;
  /** Properties that force the replacement. */
  because: string[];
  /** Remaining resources that reference a role. */
  holders: string[];
  loss: string;
}

/** Names of a resource for `--allow`: in the program, and in Kubernetes before and after. */
const namesOf = ({ type, name, before, after }: Step): string[] => [
  name,
  ...[before, after].flatMap((inputs) => objectPlace(type, inputs)?.name ?? []),
];

/** Values of every property whose name ends with `roles`, at any depth. */
function namedRoles(value: unknown, key = ""): string[] {
  if (Array.isArray(value)) {
    const texts = value.filter((item): item is string => typeof item === "string");
    return [
      ...(/roles$/i.test(key) ? texts : []),
      ...value.flatMap((item) => (typeof item === "object" ? namedRoles(item) : [])),
    ];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => namedRoles(item, name));
}

const isTeleport = (type: string) => type.includes("teleport.dev/");

/** Whether an object has an annotation of the Teleport operator, such as `keep`. */
const isMarked = ({ before }: Step, mark: string): boolean =>
  get(before, "metadata", "annotations", `teleport.dev/${mark}`) === "true";

/** Teleport keeps its resource when such an object is deleted. */
const kept = (step: Step) => isMarked(step, "keep");

function holdersOf(role: readonly string[], steps: readonly Step[]): string[] {
  return steps
    .filter(({ type, kind }) => isTeleport(type) && kind !== "delete")
    .filter((step) => namedRoles(step.after).some((name) => role.includes(name)))
    .map(({ urn }) => shortUrn(urn));
}

const isAllowed = (kind: string, names: readonly string[], allowed: readonly Allowance[]) =>
  allowed.some(
    (allowance) =>
      (allowance.kind === "all" || allowance.kind === kind) &&
      (allowance.name === undefined || names.includes(allowance.name)),
  );

/** The deletion of each resource in a stack's state. */
function deletions(state: StackState): (Step & { protect: boolean })[] {
  return (state.deployment?.resources ?? [])
    .filter(({ external }) => external !== true)
    .map(({ urn, type, protect = false, inputs = {} }) => ({
      ...{ kind: "delete", urn, type, protect, changed: [], replaceBecause: [], before: inputs },
      name: urn.split("::").at(-1) ?? "",
    }));
}

/** URNs of resources that Pulumi protects and that this operation may replace or delete. */
export function liftedProtections(state: StackState, allowed: readonly Allowance[]): string[] {
  return deletions(state).flatMap((step) => {
    if (!step.protect) return [];
    const kind = protectionOf({ ...step, inputs: step.before })?.allow;
    return kind !== undefined && isAllowed(kind, namesOf(step), allowed) ? [step.urn] : [];
  });
}

/**
 * Resources that Pulumi protects only while an update guards them (settings/guard.ts): the Teleport resources of the
 * settings, but not tokens and ignored objects, which have a protection of their own.
 */
const isGuarded = (step: Step): boolean =>
  step.urn.includes("access-plane:components:TeleportResources$") &&
  isTeleport(step.type) &&
  !step.type.endsWith(":TeleportProvisionToken") &&
  !isMarked(step, "ignore");

/** URNs of resources that are still protected as in an update that guards them. */
export const stillGuarded = (state: StackState): string[] =>
  deletions(state).flatMap((step) => (step.protect && isGuarded(step) ? [step.urn] : []));

const isPassword = ({ type }: Step) => type === "random:index/randomPassword:RandomPassword";

/** A new password by a change of `rotation` in the settings. Only the first step of a replacement has reasons. */
const isRotation = (step: Step): boolean =>
  isPassword(step) &&
  step.kind === "replace" &&
  step.replaceBecause.every((property) => /^keepers\b/.test(property));

/**
 * URNs of resources that this operation must not delete and that Pulumi does not protect. Not passwords:
 * protection would prevent their rotation, and their copy in Vault is deleted first.
 */
export const unguarded = (state: StackState, allowed: readonly Allowance[]): string[] =>
  deletions(state)
    .filter((step) => !step.protect && !isPassword(step) && losses([step], allowed).length > 0)
    .map(({ urn }) => urn);

/** With more Teleport resources than this, the program guards them, too: each save of the state costs time. */
const FEW = 50;

/**
 * What the engine must protect during an update: all that this operation must not delete; with many Teleport
 * resources, all of them that the preview leaves. Then the program must protect them, too: its environment.
 */
export function guardOf(
  state: StackState,
  previewed: readonly Step[],
  allowed: readonly Allowance[],
): { urns: string[]; environment: Record<string, string> } {
  const urns = unguarded(state, allowed);
  const gone = previewed.filter(({ kind }) => kind === "replace" || kind === "delete");
  const names = new Set(gone.map(({ name }) => name));
  const many = deletions(state).filter((step) => isGuarded(step) && !names.has(step.name));
  if (many.length <= FEW) return { urns, environment: {} };
  return {
    urns: [...new Set([...urns, ...many.map(({ urn }) => urn)])],
    environment: { [GUARD_VARIABLE]: [...names].join(",") },
  };
}

const refusal = (
  step: Step & Pick<Refusal, "action">,
  { allow: kind, text: loss }: Protection,
  steps: readonly Step[],
): Refusal => {
  const names = namesOf(step);
  return {
    kind,
    action: step.action,
    urn: step.urn,
    name: names.at(-1) ?? step.name,
    because: step.replaceBecause,
    holders: kind === "role" ? holdersOf(names, steps) : [],
    loss,
  };
};

/** Resources with a protection of their own that steps replace or delete without `--allow`. */
function losses(steps: readonly Step[], allowed: readonly Allowance[]): Refusal[] {
  return steps.flatMap((step) => {
    const { kind: action } = step;
    if ((action !== "replace" && action !== "delete") || isGroup(step.type)) return [];
    if (kept(step) || isRotation(step)) return [];
    const protection = protectionOf({ ...step, inputs: step.before });
    if (protection === undefined || isAllowed(protection.allow, namesOf(step), allowed)) return [];
    return [refusal({ ...step, action }, protection, steps)];
  });
}

const protectionIfLast = (step: Step): Protection | undefined =>
  protectionOfLast({ ...step, inputs: step.before ?? step.after });

/** The last resources of their kinds, deleted without `--allow`. */
function lastLosses(steps: readonly Step[], allowed: readonly Allowance[]): Refusal[] {
  const found = steps.flatMap((step) => {
    const protection = protectionIfLast(step);
    return protection === undefined ? [] : [{ step, protection }];
  });
  return found.flatMap(({ step, protection }) =>
    found.every((one) => one.protection.allow !== protection.allow || one.step.kind === "delete") &&
    !isAllowed(protection.allow, namesOf(step), allowed)
      ? [refusal({ ...step, action: "delete" }, protection, steps)]
      : [],
  );
}

/** What a preview would replace or delete although it is protected and was not allowed. */
export const refusals = (steps: readonly Step[], allowed: readonly Allowance[]): Refusal[] => [
  ...losses(steps, allowed),
  ...lastLosses(steps, allowed),
];

/** What a step of an update loses. `begun` are the steps until then, with it: the engine deletes last. */
export const refusalsOf = (
  step: Step,
  begun: readonly Step[],
  allowed: readonly Allowance[],
): Refusal[] => [
  ...losses([step], allowed),
  // Of thousands of steps, few need a look at all others.
  ...(protectionIfLast(step) === undefined
    ? []
    : lastLosses(begun, allowed).filter(({ urn }) => urn === step.urn)),
];

/** What the destruction of a stack would delete although it is protected and was not allowed. */
export const refusedDestruction = (state: StackState, allowed: readonly Allowance[]): Refusal[] =>
  refusals(deletions(state), allowed);

/** More names of one kind than this are not written one by one. */
const MANY = 20;

/** The flags that allow what was refused: by name, or by kind if there are many. */
function flagsFor(found: readonly Refusal[]): string[] {
  const kinds = [...new Set(found.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const names = new Set(found.flatMap((one) => (one.kind === kind ? one.name : [])));
    return names.size > MANY ? kind : [...names].map((name) => `${kind}:${name}`);
  });
}

export function refusalText(found: readonly Refusal[]): string {
  const lines = found.map(({ action, urn, because, loss, holders }) => {
    const why = because.length === 0 ? "" : `, as ${because.join(", ")} changes`;
    const who = holders.length === 0 ? "" : ` (named by ${holders.join(", ")})`;
    return `  would ${action} ${shortUrn(urn)}${why}: ${loss}${who}`;
  });
  const flags = flagsFor(found).map((allowance) => `--allow ${allowance}`);
  return `refused; nothing was touched:\n${lines.join("\n")}\nIf this is intended, add ${flags.join(" ")}`;
}
