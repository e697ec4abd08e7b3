import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setup, type SetupOptions } from "../setup/index.ts";
import { checkout } from "../setup/paths.ts";
import { duration } from "../setup/plan.ts";
import { inBackground, inTerminal, say } from "./shell.ts";

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const checks = ["lint", "typecheck"];
const suites = ["test:unit", "test:sandbox"];
/** Takes longest, and waits for controllers half of its time: the others run meanwhile. */
const engineSuite = "test:engine";

/** The last line of a test run. */
export function closingLine({ passed, failed }: Counts): string {
  return `${passed} passed, ${failed} failed`;
}

/** What a suite adds to the counts. A suite that stops early without a failing test counts as a failure. */
export function countsOf(exitCode: number, report: string | undefined): Counts {
  const counts = report === undefined ? undefined : (JSON.parse(report) as Counts);
  if (!counts) return { passed: 0, failed: 1, skipped: 0 };
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** Runs a program that gives way to the engine suite. */
const behind = (program: string, args: string[], env?: NodeJS.ProcessEnv) =>
  inTerminal("nice", ["-n", "5", program, ...args], env);

/** Run every check and suite, whatever fails, and count. */
export async function runTests(options: SetupOptions): Promise<number> {
  await setup(options);
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const summary: string[] = [];
  const add = (name: string, counts: Counts, began: number) => {
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
    const took = duration((Date.now() - began) / 1000);
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
    summary.push(`  ${name.padEnd(14)}${closingLine(counts)}${skipped} (${took})`);
  };
  const engineBegan = Date.now();
  const engine = suite(engineSuite, inBackground);
  for (const check of checks) {
    say(`\n--- ${check} ---`);
    const began = Date.now();
    const code = await behind("npm", ["run", "--silent", check]);
    add(check, { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }, began);
  }
  for (const name of suites) {
    say(`\n--- ${name} ---`);
    const began = Date.now();
    const { exit, counts } = suite(name, (...command) => ({ exit: behind(...command) }));
    add(name, counts(await exit), began);
  }
  say(`\n--- ${engineSuite} (started with the first) ---`);
  engine.show();
  add(engineSuite, engine.counts(await engine.exit), engineBegan);
  say(`\n${summary.join("\n")}\n`);
  say(closingLine(total));
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

/** Starts a suite of mocha. `counts` reads the counts that its reporter wrote, once. */
function suite<Started>(
  name: string,
  start: (program: string, args: string[], env: NodeJS.ProcessEnv) => Started,
): Started & { counts: (exitCode: number) => Counts } {
  const folder = mkdtempSync(join(tmpdir(), "access-plane-test-"));
  const file = join(folder, "counts.json");
  const reporter = join(checkout, "sandbox/src/commands/count-reporter.cjs");
  const started = start("npm", ["run", "--silent", name, "--", "--reporter", reporter], {
    ...process.env,
    COUNTS_FILE: file,
  });
  const counts = (exitCode: number) => {
    const report = readIfThere(file);
    rmSync(folder, { recursive: true, force: true });
    return countsOf(exitCode, report);
  };
  return { ...started, counts };
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
