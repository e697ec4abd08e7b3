import type { EngineEvent } from "@pulumi/pulumi/automation";
import * as fs from "node:fs";
import type { Stream } from "../base/context";
import { CommandError } from "../base/exit-codes";
import { writePrivate } from "../base/private-file";
import { redact, redactText } from "../base/redact";
import { screenOf } from "../base/safe-stream";
import { Progress } from "./progress";

/** How progress is reported. */
export type LogFormat = "text" | "json";

/** What people and pipelines see while something runs. */
export interface Reporter {
  /** `total` is the number of resources that change, if it is known. */
  begin(stack: string, title: string, total?: number): void;
  event(stack: string, event: EngineEvent): void;
  note(stack: string, text: string, level?: "info" | "warning" | "error"): void;
  end(stack: string): void;
  close(): void;
}

/** Milliseconds between lines about the progress, without a terminal. */
const HEARTBEAT = 15_000;
const REDRAW = 200;

/** The used part of a library that redraws its own last lines. */
interface Live {
  (text: string): void;
  clear(): void;
  done(): void;
}

interface ReporterOptions {
  stream: Stream;
  format: LogFormat;
  /** Receives the engine's events as lines of JSON. */
  events?: (line: string) => void;
  live?: Live;
}

/** Reports progress in lines, or on a terminal in one changing line for each stack. */
export class StreamReporter implements Reporter {
  private readonly active = new Map<string, Progress>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly options: ReporterOptions) {
    const { live } = options;
    this.timer = setInterval(() => this.tick(), live === undefined ? HEARTBEAT : REDRAW);
    this.timer.unref();
  }

  private tick(): void {
    const { live } = this.options;
    const lines = [...this.active].map(([stack, progress]) => `${stack}: ${progress.line()}`);
    if (live === undefined) lines.forEach((line) => this.write(line));
    else if (lines.length > 0) live(redactText(lines.join("\n")));
  }

  private write(text: string, level = "info"): void {
    const line = redactText(text);
    const { stream, format, live } = this.options;
    live?.clear();
    if (format === "json") {
      const [stack, ...rest] = line.split(": ");
      const record = { time: new Date().toISOString(), level, stack, message: rest.join(": ") };
      stream.write(`${JSON.stringify(record)}\n`);
    } else {
      stream.write(`${level === "info" ? "" : `${level}: `}${line}\n`);
    }
  }

  begin(stack: string, title: string, total?: number): void {
    this.active.set(stack, new Progress(title, total));
    if (this.options.live === undefined) this.write(`${stack}: ${title}`);
  }

  event(stack: string, event: EngineEvent): void {
    // The SDK's debug messages contain outputs, secrets included.
    if ((event.diagnosticEvent?.severity as string | undefined) !== "debug") {
      this.options.events?.(JSON.stringify({ stack, ...(redact(event) as EngineEvent) }));
    }
    const progress = this.active.get(stack);
    const finished = progress?.add(event);
    if (finished !== undefined && progress?.announces === true) {
      this.write(`${stack}: ${finished.text}`, finished.failed ? "error" : "info");
    }
  }

  note(stack: string, text: string, level: "info" | "warning" | "error" = "info"): void {
    for (const line of text.split("\n")) this.write(`${stack}: ${line}`, level);
  }

  end(stack: string): void {
    this.active.delete(stack);
  }

  close(): void {
    clearInterval(this.timer);
    this.options.live?.clear();
    this.options.live?.done();
  }
}

/** Destination of events: a file, which is emptied first, or standard output for `-`. */
export function eventSink(target: string, stdout: Stream): (line: string) => void {
  if (target === "-") return (line) => stdout.write(`${line}\n`);
  try {
    // Secrets are masked in events, but events describe the system in detail.
    writePrivate(target, "");
  } catch (error) {
    throw new CommandError("USAGE", `--events: ${(error as Error).message}`);
  }
  return (line) => {
    fs.appendFileSync(target, `${line}\n`);
  };
}

/** A reporter for a stream: live on a terminal, otherwise lines. */
export async function reporterFor(options: Omit<ReporterOptions, "live">): Promise<StreamReporter> {
  const { stream, format } = options;
  if (format === "json" || stream.isTTY !== true) return new StreamReporter(options);
  const { createLogUpdate } = await import("log-update");
  const live = createLogUpdate(screenOf(stream) as NodeJS.WriteStream);
  return new StreamReporter({ ...options, live });
}
