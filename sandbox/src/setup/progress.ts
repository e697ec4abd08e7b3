import { Listr } from "listr2";
import { duration } from "./plan.ts";

export interface Step {
  title: string;
  /** How long it is expected to take; the basis of the time left. */
  seconds: number;
  run: (report: (note: string) => void) => Promise<void>;
}

const plainEverySeconds = 10;

/** How much longer all steps take, going by how the finished ones compared with what was expected. */
export function secondsLeft(
  steps: readonly { seconds: number }[],
  index: number,
  spentInStep: number,
  spentBefore: number,
): number {
  const expectedBefore = steps.slice(0, index).reduce((sum, { seconds }) => sum + seconds, 0);
  const pace = expectedBefore < 30 ? 1 : Math.min(Math.max(spentBefore / expectedBefore, 0.5), 3);
  const later = steps.slice(index + 1).reduce((sum, { seconds }) => sum + seconds, 0);
  const here = (steps[index]?.seconds ?? 0) * pace;
  return Math.max(here - spentInStep, here * 0.05) + later * pace;
}

/** Run the steps one after the other, showing what runs, how many of how many, elapsed and time left. */
export async function runSteps(
  steps: Step[],
  out: NodeJS.WriteStream = process.stdout,
): Promise<void> {
  const started = Date.now();
  const since = (time: number) => (Date.now() - time) / 1000;
  const follow = async (step: Step, index: number, show: (line: string) => void) => {
    const begun = Date.now();
    let note = "";
    const line = () => {
      const left = secondsLeft(steps, index, since(begun), (begun - started) / 1000);
      const parts = [note, duration(since(begun)), `about ${duration(left)} left in all`];
      return parts.filter((part) => part !== "").join(", ");
    };
    const timer = setInterval(() => show(line()), out.isTTY ? 1000 : plainEverySeconds * 1000);
    try {
      await step.run((text) => {
        note = text;
        if (out.isTTY) show(line());
      });
    } finally {
      clearInterval(timer);
    }
    return since(begun);
  };
  const numbered = (step: Step, index: number) => `[${index + 1}/${steps.length}] ${step.title}`;

  if (out.isTTY) {
    await new Listr(
      steps.map((step, index) => ({
        title: numbered(step, index),
        task: async (_, task) => {
          const took = await follow(step, index, (line) => (task.output = line));
          task.title = `${numbered(step, index)} (${duration(took)})`;
        },
      })),
      { concurrent: false, rendererOptions: { collapseErrors: false } },
    ).run();
    return;
  }
  for (const [index, step] of steps.entries()) {
    out.write(`${numbered(step, index)}: started, expected ${duration(step.seconds)}\n`);
    const took = await follow(step, index, (line) => {
      out.write(`${numbered(step, index)}: ${line}\n`);
    });
    out.write(`${numbered(step, index)}: done in ${duration(took)}\n`);
  }
}
