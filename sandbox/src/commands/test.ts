import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setup, type SetupOptions } from "../setup/index.ts";
import { checkout } from "../setup/paths.ts";
import { duration } from "../setup/plan.ts";
import { inTerminal, say } from "./shell.ts";

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const checks = ["lint", "typecheck"];
const suites = ["test:unit", "test:sandbox", "test:engine"];

/** The closing line of a test run. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed` + (skipped > 0 ? `, ${skipped} skipped` : "");
}

/** What a suite adds to the counts: a suite that broke off without a failing test is itself a failure. */
export function countsOf(exitCode: number, report: string | undefined): Counts {
  const counts = report === undefined ? undefined : (JSON.parse(report) as Counts);
  if (!counts) return { passed: 0, failed: 1, skipped: 0 };
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

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
    summary.push(`  ${name.padEnd(14)}${closingLine(counts)} (${took})`);
  };
  for (const check of checks) {
    say(`\n--- ${check} ---`);
    const began = Date.now();
    const code = await inTerminal("npm", ["run", "--silent", check]);
    add(check, { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }, began);
  }
  for (const suite of suites) {
    say(`\n--- ${suite} ---`);
    const began = Date.now();
    add(suite, await runSuite(suite), began);
  }
  say(`\n${summary.join("\n")}\n`);
  say(closingLine(total));
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

async function runSuite(suite: string): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), "access-plane-test-"));
  const file = join(folder, "counts.json");
  const reporter = join(checkout, "sandbox/src/commands/count-reporter.cjs");
  try {
    const code = await inTerminal("npm", ["run", "--silent", suite, "--", "--reporter", reporter], {
      ...process.env,
      COUNTS_FILE: file,
    });
    return countsOf(code, readIfThere(file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
