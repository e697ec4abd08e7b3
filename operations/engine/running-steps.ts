import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import { plain } from "./engine-errors";

/** A running step of the engine. */
export interface RunningStep<T> {
  urn: string;
  /** The caller's data about it. */
  step: T;
  /** When it began, in milliseconds. */
  since: number;
  /** Last status message of its provider: what it waits for, and why. */
  says: string;
}

/** The running steps of the engine, from its events. Steps for which `read` returns undefined are left out. */
export class RunningSteps<T> {
  private readonly byUrn = new Map<string, RunningStep<T>>();

  constructor(
    private readonly read: (metadata: StepEventMetadata) => T | undefined,
    private readonly now: () => number = Date.now,
  ) {}

  /** Processes an event; returns the step that ends with it. */
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

  /** All running steps, in the order of their start. */
  get all(): RunningStep<T>[] {
    return [...this.byUrn.values()];
  }
}
