import type { EngineEvent } from "@pulumi/pulumi/automation";
import { durationText } from "../../teleport/duration";
import { plain } from "../engine/engine-errors";
import { isGroup, shortUrn } from "../base/urn";

/** A resource that the engine is busy with. */
interface Running {
  urn: string;
  op: string;
  since: number;
  /** What its provider said last: what it waits for, and why. */
  says: string;
}

/** A resource that is done, for a line of its own. */
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

/** How far an operation on one stack has come, from the engine's events. */
export class Progress {
  private readonly running = new Map<string, Running>();
  private done = 0;

  constructor(
    /** What is being done: `deploying`. */
    private readonly title: string,
    /** How many resources change; undefined while nobody knows. */
    private readonly total: number | undefined,
    private readonly now: () => number = Date.now,
    private readonly began = now(),
  ) {}

  /** Whether each finished resource is worth a line: not while it is only previewed. */
  get announces(): boolean {
    return this.total !== undefined;
  }

  /** Takes in an event; returns a line when a resource is done. */
  add(event: EngineEvent): Finished | undefined {
    const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent } = event;
    if (resourcePreEvent !== undefined) {
      const { urn, op, type } = resourcePreEvent.metadata;
      if (DOING[op] !== undefined && !isGroup(type)) {
        this.running.set(urn, { urn, op, since: this.now(), says: "" });
      }
    }
    if (diagnosticEvent?.urn !== undefined && diagnosticEvent.severity.startsWith("info")) {
      const running = this.running.get(diagnosticEvent.urn);
      if (running !== undefined) running.says = plain(diagnosticEvent.message);
    }
    if (resOutputsEvent !== undefined) return this.end(resOutputsEvent.metadata.urn, false);
    if (resOpFailedEvent !== undefined) return this.end(resOpFailedEvent.metadata.urn, true);
    return undefined;
  }

  private end(urn: string, failed: boolean): Finished | undefined {
    const ended = this.running.get(urn);
    this.running.delete(urn);
    if (ended === undefined) return undefined;
    const done = DONE[ended.op];
    if (done === undefined && !failed) return undefined;
    if (!failed && ended.op !== "read") this.done += 1;
    const milliseconds = this.now() - ended.since;
    const took = milliseconds < 1000 ? "" : ` (${durationText(milliseconds)})`;
    const what = failed ? `failed ${DOING[ended.op] ?? ended.op}` : (done ?? ended.op);
    return { text: `${what} ${shortUrn(urn)}${took}`, failed };
  }

  /** One line: counts, what is being waited for and why, elapsed. */
  line(): string {
    const now = this.now();
    const [first] = [...this.running.values()].sort((a, b) => a.since - b.since);
    const counts =
      this.total === undefined ? "" : ` ${Math.min(this.done, this.total)}/${this.total}`;
    const more = this.running.size > 1 ? ` and ${this.running.size - 1} more` : "";
    const waiting =
      first === undefined
        ? ""
        : `: ${DOING[first.op] ?? first.op} ${shortUrn(first.urn)} (${durationText(now - first.since)})` +
          `${more}${first.says === "" ? "" : `: ${first.says.split("\n").at(-1) ?? ""}`}`;
    return `${this.title}${counts}${waiting}, ${durationText(now - this.began)}`;
  }
}
