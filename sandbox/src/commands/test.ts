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
const unitSuite = "test:unit";
/** Uses one processor. */
const sandboxSuite = "test:sandbox";
/** Takes longest, and waits for controllers half of its time. */
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

type Command = [program: string, args: string[], env?: NodeJS.ProcessEnv];

/** A command that gives way to the engine suite. */
const behind = ([program, args, env]: Command): Command => [
  "nice",
  ["-n", "5", program, ...args],
  env,
];

/** Run every check and suite, whatever fails, and count: the checks and unit tests beside the other suites. */
export async function runTests(options: SetupOptions): Promise<number> {
  await setup(options);
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const summary: string[] = [];
  const add = (name: string, counts: Counts, began: number, ended = Date.now()) => {
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
    const took = duration((ended - began) / 1000);
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
    summary.push(`  ${name.padEnd(14)}${closingLine(counts)}${skipped} (${took})`);
  };
  const began = Date.now();
  const others = [
    {
      name: sandboxSuite,
      ...suite(sandboxSuite, (...command) => inBackground(...behind(command))),
    },
    { name: engineSuite, ...suite(engineSuite, inBackground) },
  ].map((started) => ({
    ...started,
    end: started.exit.then((code) => ({ code, at: Date.now() })),
  }));
  for (const check of checks) {
    say(`\n--- ${check} ---`);
    const checkBegan = Date.now();
    const code = await inTerminal(...behind(["npm", ["run", "--silent", check]]));
    add(check, { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }, checkBegan);
  }
  say(`\n--- ${unitSuite} ---`);
  const unitBegan = Date.now();
  const unit = suite(unitSuite, (...command) => ({ exit: inTerminal(...behind(command)) }));
  add(unitSuite, unit.counts(await unit.exit), unitBegan);
  for (const { name, show, end, counts } of others) {
    say(`\n--- ${name} (started with the first) ---`);
    show();
    const { code, at } = await end;
    add(name, counts(code), began, at);
  }
  say(`\n${summary.join("\n")}\n`);
  say(closingLine(total));
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

/** Starts a suite of mocha. `counts` reads the counts that its reporter wrote, once. */
function suite<Started>(
  name: string,
  start: (...command: Command) => Started,
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
