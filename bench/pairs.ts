import { spawn } from "node:child_process";

/** A command whose runs are compared. */
export interface Variant {
  name: string;
  command: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Exit codes that count as a run. Default: only 0. */
  codes?: readonly number[];
}

/** Runs a command. Returns its duration in seconds. Throws its output on any other exit code. */
export async function seconds(variant: Variant): Promise<number> {
  const { name, command, args, cwd, env, codes = [0] } = variant;
  const began = performance.now();
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (!codes.includes(code ?? -1)) {
    throw new Error(`${name} ended with ${String(code)}:\n${output.slice(-4000)}`);
  }
  return (performance.now() - began) / 1000;
}

/**
 * Durations of each variant in seconds, by name. Each round runs all variants one after the other, so other
 * work on the machine affects all of them. The first round warms caches and does not count.
 */
export async function rounds(
  variants: readonly Variant[],
  count: number,
): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {};
  for (let round = 0; round <= count; round++) {
    for (const variant of variants) {
      const took = await seconds(variant);
      if (round > 0) (found[variant.name] ??= []).push(took);
    }
  }
  return found;
}

/** The ratio of two variants in each round. */
export function ratios(found: Record<string, number[]>, of: string, to: string): number[] {
  return (found[of] ?? []).map((value, round) => value / (found[to]?.[round] ?? NaN));
}
