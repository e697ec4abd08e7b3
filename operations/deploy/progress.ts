import type { EngineEvent } from "@pulumi/pulumi/automation";
import { durationText } from "../../teleport/duration";
import { RunningSteps, type RunningStep } from "../engine/running-steps";
import { isGroup, shortUrn } from "../base/urn";

/** A finished resource, for the log. */
export interface Finished {
  text: string;
  failed: boolean;
}

const DOING: Record<string, string> = {
  create: "creating",
  "create-replacement": "creating",
  update: "updating",
  delete: "deleting",
  "delete-replaced": "deleting",
  read: "reading",
  refresh: "reading",
  import: "importing",
};

const DONE: Record<string, string> = {
  create: "created",
  "create-replacement": "replaced",
  update: "updated",
  delete: "deleted",
  "delete-replaced": "deleted the old",
  read: "read",
  import: "imported",
};

/** Progress of an operation on one stack, from the engine's events. */
export class Progress {
  private readonly running: RunningSteps<string>;
  private done = 0;

  constructor(
    /** The operation, such as `deploying`. */
    private readonly title: string,
    /** Number of resources that change. Undefined if it is not known. */
    private readonly total: number | undefined,
    private readonly now: () => number = Date.now,
    private readonly began = now(),
  ) {
    this.running = new RunningSteps(
      ({ op, type }) => (DOING[op] === undefined || isGroup(type) ? undefined : op),
      now,
    );
  }

  /** True if each finished resource gets a line of its own. A preview only counts. */
  get announces(): boolean {
    return this.total !== undefined;
  }

  /** Adds an event. Returns a line if it finishes a resource. */
  add(event: EngineEvent): Finished | undefined {
    const ended = this.running.add(event);
    return ended && this.end(ended);
  }

  private end({
    urn,
    step: op,
    since,
    failed,
  }: RunningStep<string> & { failed: boolean }): Finished | undefined {
    const done = DONE[op];
    if (done === undefined && !failed) return undefined;
    if (!failed && op !== "read") this.done += 1;
    const milliseconds = this.now() - since;
    const took = milliseconds < 1000 ? "" : ` (${durationText(milliseconds)})`;
    const what = failed ? `failed ${DOING[op] ?? op}` : (done ?? op);
    return { text: `${what} ${shortUrn(urn)}${took}`, failed };
  }

  /** One line: counts, the resources in progress, the elapsed time. */
  line(): string {
    const now = this.now();
    const running = this.running.all;
    const [first] = running.sort((a, b) => a.since - b.since);
    const counts =
      this.total === undefined ? "" : ` ${Math.min(this.done, this.total)}/${this.total}`;
    const more = running.length > 1 ? ` and ${running.length - 1} more` : "";
    const waiting =
      first === undefined
        ? ""
        : `: ${DOING[first.step] ?? first.step} ${shortUrn(first.urn)} (${durationText(now - first.since)})` +
          `${more}${first.says === "" ? "" : `: ${first.says}`}`;
    return `${this.title}${counts}${waiting}, ${durationText(now - this.began)}`;
  }
}
