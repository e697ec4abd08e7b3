import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import { plain } from "./engine-errors";

/** A step that the engine is busy with. */
export interface RunningStep<T> {
  urn: string;
  /** What it is to the one who follows it. */
  step: T;
  /** When it began, in milliseconds. */
  since: number;
  /** What its provider said last: what it waits for, and why. */
  says: string;
}

/** What the engine is busy with, from its events. `read` tells which steps count; others are undefined. */
export class RunningSteps<T> {
  private readonly byUrn = new Map<string, RunningStep<T>>();

  constructor(
    private readonly read: (metadata: StepEventMetadata) => T | undefined,
    private readonly now: () => number = Date.now,
  ) {}

  /** Takes in an event; returns the step that ends with it. */
  add(event: EngineEvent): (RunningStep<T> & { failed: boolean }) | undefined {
    const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent } = event;
    if (resourcePreEvent !== undefined) {
      const { metadata } = resourcePreEvent;
      const step = this.read(metadata);
      const { urn } = metadata;
      if (step !== undefined) this.byUrn.set(urn, { urn, step, since: this.now(), says: "" });
    }
    if (diagnosticEvent?.severity.startsWith("info") === true) {
      const running = this.byUrn.get(diagnosticEvent.urn ?? "");
      if (running !== undefined)
        running.says = plain(diagnosticEvent.message).split("\n").at(-1) ?? "";
    }
    const urn = (resOutputsEvent ?? resOpFailedEvent)?.metadata.urn ?? "";
    const ended = this.byUrn.get(urn);
    this.byUrn.delete(urn);
    return ended && { ...ended, failed: resOutputsEvent === undefined };
  }

  /** All of them, in the order in which they began. */
  get all(): RunningStep<T>[] {
    return [...this.byUrn.values()];
  }
}
