import { Listr } from "listr2";
import { Gate, type Need, type Room } from "./gate.ts";
import { duration } from "./plan.ts";

export interface Step extends Need {
  title: string;
  /** How long it is expected to take; the basis of the time left. */
  seconds: number;
  run: (report: (note: string) => void) => Promise<void>;
}

const plainEverySeconds = 10;

/** Progress of a step: `spent` seconds run so far, or done. */
export type Course = { seconds: number; spent?: number; done?: boolean };

/** Share of the expected work after which the measured pace counts as much as the expectation. */
const trust = 1 / 4;

/**
 * How much longer all steps take: what is expected of those left, by the pace of those done. A short step
 * says little of the pace, so it counts little. Steps on the cores share them, so several at one time take
 * as long as one after the other.
 */
export function secondsLeft(steps: readonly Course[], elapsed: number): number {
  const sum = (some: readonly Course[], of: (step: Course) => number) =>
    some.reduce((total, step) => total + of(step), 0);
  const running = steps.filter(({ done, spent }) => !done && spent !== undefined);
  const finished = sum(
    steps.filter(({ done }) => done),
    ({ seconds }) => seconds,
  );
  const spentNow = sum(running, ({ spent = 0 }) => spent) / Math.max(running.length, 1);
  const before = elapsed - spentNow;
  const expectedAsIs = trust * sum(steps, ({ seconds }) => seconds);
  const pace = (before + expectedAsIs) / (finished + expectedAsIs);
  const here = sum(running, ({ seconds, spent = 0 }) => {
    const expected = seconds * pace;
    return Math.max(expected - spent / running.length, expected * 0.05);
  });
  const later = sum(
    steps.filter(({ done, spent }) => !done && spent === undefined),
    ({ seconds }) => seconds,
  );
  return here + later * pace;
}

/** How a step is shown: as it begins, while it runs, when it is done. */
interface View {
  begin: () => void;
  show: (line: string) => void;
  end: (seconds: number) => void;
}

/**
 * Runs the steps, as many at one time as the limits allow. Shows the running steps, the elapsed and the remaining
 * time.
 */
export async function runSteps(
  steps: Step[],
  room: Room,
  out: NodeJS.WriteStream = process.stdout,
): Promise<void> {
  const gate = new Gate(room);
  const started = Date.now();
  const since = (time: number) => (Date.now() - time) / 1000;
  const begun = new Map<Step, number>();
  const done = new Set<Step>();
  let failure: { error: unknown } | undefined;

  const left = (on: Need["on"]) =>
    secondsLeft(
      steps
        .filter((step) => step.on === on)
        .map((step) => {
          const began = begun.get(step);
          return {
            seconds: step.seconds,
            done: done.has(step),
            ...(began === undefined ? {} : { spent: since(began) }),
          };
        }),
      since(started),
    );
  const numbered = (step: Step) => `[${steps.indexOf(step) + 1}/${steps.length}] ${step.title}`;

  const follow = (step: Step, view: View) =>
    gate.pass(step, async () => {
      if (failure) return;
      const began = Date.now();
      begun.set(step, began);
      view.begin();
      let note = "";
      const line = () => {
        const all = duration(Math.max(left("cores"), left("network")));
        const parts = [note, duration(since(began)), `about ${all} left in all`];
        return parts.filter((part) => part !== "").join(", ");
      };
      const every = out.isTTY ? 1000 : plainEverySeconds * 1000;
      const timer = setInterval(() => view.show(line()), every);
      try {
        await step.run((text) => {
          note = text;
          if (out.isTTY) view.show(line());
        });
        view.end(since(began));
      } catch (error) {
        failure ??= { error };
        throw error;
      } finally {
        clearInterval(timer);
        done.add(step);
      }
    });

  if (out.isTTY) {
    await new Listr(
      steps.map((step) => ({
        title: `${numbered(step)}: waiting`,
        task: async (_, task) => {
          await follow(step, {
            begin: () => (task.title = numbered(step)),
            show: (line) => (task.output = line),
            end: (seconds) => (task.title = `${numbered(step)} (${duration(seconds)})`),
          });
          if (!begun.has(step)) task.skip(`${numbered(step)}: not begun`);
        },
      })),
      { concurrent: true, exitOnError: false, rendererOptions: { collapseErrors: false } },
    ).run();
  } else {
    const print = (step: Step, text: string) => out.write(`${numbered(step)}: ${text}\n`);
    await Promise.allSettled(
      steps.map((step) =>
        follow(step, {
          begin: () => print(step, `started, expected ${duration(step.seconds)}`),
          show: (line) => print(step, line),
          end: (seconds) => print(step, `done in ${duration(seconds)}`),
        }),
      ),
    );
  }
  // Steps that ran at the same time as a failed one were finished, and need not be repeated.
  if (failure) throw failure.error;
}
