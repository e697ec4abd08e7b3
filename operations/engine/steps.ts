import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import { isGroup, shortUrn, urnName } from "../base/urn";
import { RunningSteps } from "./running-steps";

/** Kind of a step of the engine. */
export type StepKind =
  | "same"
  | "read"
  | "refresh"
  | "create"
  | "update"
  | "replace"
  | "delete"
  | "import"
  | "discard";

/** A step on one resource, in a preview or an update. */
export interface Step {
  kind: StepKind;
  urn: string;
  type: string;
  /** Name in the program. */
  name: string;
  /** Properties that differ. */
  changed: string[];
  /** Properties that force a replacement. */
  replaceBecause: string[];
  /** Inputs before and after; the engine has masked secrets. */
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
}

const KINDS: Record<string, StepKind> = {
  same: "same",
  read: "read",
  "read-replacement": "read",
  refresh: "refresh",
  create: "create",
  update: "update",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  "discard-replaced": "replace",
  "remove-pending-replace": "replace",
  delete: "delete",
  import: "import",
  "import-replacement": "replace",
  discard: "discard",
};

function toStep(metadata: StepEventMetadata): Step | undefined {
  const kind = KINDS[metadata.op];
  if (kind === undefined) return undefined;
  const { urn, type, old, new: next } = metadata;
  return {
    kind,
    urn,
    type,
    name: urnName(urn),
    changed: metadata.diffs ?? Object.keys(metadata.detailedDiff ?? {}),
    replaceBecause: metadata.keys ?? [],
    before: old?.inputs,
    after: next?.inputs,
  };
}

/** Collects one step for each resource from a stream of events. A replacement has several events. */
export class StepCollector {
  private readonly byUrn = new Map<string, Step>();
  private readonly changing = new RunningSteps((metadata) => {
    const step = toStep(metadata);
    return step !== undefined && changes(step) ? step : undefined;
  });

  /** `found`: of a refresh, collect the differences that it found. */
  constructor(private readonly found = false) {}

  /** Processes an event; returns the step that begins with it. */
  add(event: EngineEvent): Step | undefined {
    const { resourcePreEvent, resOutputsEvent } = event;
    this.changing.add(event);
    // The engine knows only after reading a resource whether it differs from the state.
    const { metadata } = resourcePreEvent ?? (this.found ? resOutputsEvent : undefined) ?? {};
    const step = metadata === undefined ? undefined : toStep(metadata);
    if (step === undefined) return undefined;
    const known = this.byUrn.get(step.urn);
    if (known === undefined || known.kind === "same" || known.kind === "refresh") {
      this.byUrn.set(step.urn, step);
    } else if (step.kind === "replace") {
      this.byUrn.set(step.urn, {
        ...known,
        kind: "replace",
        changed: [...new Set([...known.changed, ...step.changed])],
        replaceBecause: [...new Set([...known.replaceBecause, ...step.replaceBecause])],
        before: known.before ?? step.before,
        after: step.after ?? known.after,
      });
    }
    return resourcePreEvent === undefined ? undefined : step;
  }

  get steps(): Step[] {
    return [...this.byUrn.values()];
  }

  /** The running changes, each with the last status message of its provider. */
  get running(): string[] {
    return this.changing.all.map(({ urn, step: { kind }, says }) => {
      const what = `${kind} ${shortUrn(urn)}`;
      return says === "" ? what : `${what}: ${says}`;
    });
  }
}

const CHANGING: readonly StepKind[] = ["create", "update", "replace", "delete", "import"];

/** What the program only reads: outputs of stacks. Until release 0.1.0 also resources, for the operator's verdict. */
const isRead = ({ type, urn }: Step): boolean =>
  type === "pulumi:pulumi:StackReference" || urn.endsWith("-reconciled");

/** Whether a step changes a real resource. */
export const changes = (step: Step): boolean =>
  CHANGING.includes(step.kind) && !isGroup(step.type) && !isRead(step);

/** Number of resources for each kind of step, unchanged ones included. */
export function countSteps(steps: readonly Step[]): Partial<Record<StepKind, number>> {
  const counts: Partial<Record<StepKind, number>> = {};
  for (const { kind } of steps) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
