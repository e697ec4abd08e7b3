import { join } from "node:path";
import type { GoTool } from "./catalogue.ts";
import {
  buildGoTool,
  copyModuleData,
  countPackages,
  goCaches,
  joinLanguageHost,
  removeGoCaches,
  whyNoGo,
  type GoCaches,
} from "./go.ts";
import { writeWhole } from "./install.ts";
import { withLock } from "./lock.ts";
import { resources } from "./machine.ts";
import { installMoto, whyNoPython } from "./moto.ts";
import { cacheDir } from "./paths.ts";
import { duration, estimate, expectedSeconds, makePlan, shortages, type Work } from "./plan.ts";
import { findPostgres, installPostgres } from "./postgres.ts";
import { runSteps, type Step } from "./progress.ts";
import { readSources, settleSources, type Choice, type Source, type Sources } from "./sources.ts";
import { findTools, toolsFile } from "./tools.ts";

export interface SetupOptions {
  providers: Choice;
  charts: Choice;
}

/** A condition the user has to change; shown without a stack trace. */
export class SetupError extends Error {
  override name = "SetupError";
}

const say = (line = "") => process.stdout.write(`${line}\n`);

/** Make everything the sandbox needs stand ready. Does nothing that was done before. */
export async function setup(options: SetupOptions): Promise<Sources> {
  const chosen = options.providers === "auto" ? readSources()?.providers : options.providers;
  const providers = chosen ?? "standin";
  const plan = makePlan(providers);
  if (plan.work.length > 0) {
    announce(plan.work);
    refuse(missingBuildTools(plan.work));
    await withLock(
      join(cacheDir(), "setup.lock"),
      (pid) => say(`Another checkout is setting up (process ${pid}); waiting for it.`),
      () => doWork(providers),
    );
  }
  await joinLanguageHost();
  const found = findTools();
  await writeWhole(toolsFile, `${JSON.stringify(found, null, 2)}\n`);
  if (!findPostgres().wal2json) {
    say("PostgreSQL has no wal2json, and it could not be installed: its probe is left out.");
    say("  (as root: apt-get install postgresql-15-wal2json)");
  }
  const sources = await settleSources(options, say);
  const how = {
    official: "the vendor's",
    standin: "Kubernetes built from the vendor's module, the others stand-ins",
  };
  say(`Tools: ${Object.keys(found).length} ready, programs in ${cacheDir()}`);
  say(`Provider plugins: ${how[sources.providers]}.`);
  say(`Charts: ${sources.charts === "official" ? "the vendor's" : "the sandbox's stand-ins"}.`);
  if (sources.tried !== undefined) {
    say(
      `  (the vendors' servers were not in reach or not wanted on ${sources.tried}; ` +
        'SANDBOX_PROVIDERS=official SANDBOX_CHARTS=official "make setup" tries again)',
    );
  }
  return sources;
}

function announce(work: Work[]): void {
  const { cores } = resources(cacheDir());
  say(`Set-up has ${work.length} things to do, once per machine and user:`);
  for (const piece of work) {
    say(`  ${piece.title.padEnd(32)} about ${duration(expectedSeconds(piece, cores))}`);
  }
  say(`Estimate: ${duration(estimate(work, cores))} on ${cores} cores. It may be interrupted.`);
}

/** What has to be installed by hand before set-up can do its work. */
function missingBuildTools(work: Work[]): string[] {
  const kinds = new Set(work.map(({ kind }) => kind));
  return [
    kinds.has("build") || kinds.has("data") ? whyNoGo() : undefined,
    kinds.has("moto") ? whyNoPython() : undefined,
  ].filter((problem) => problem !== undefined);
}

function refuse(problems: string[]): void {
  if (problems.length === 0) return;
  const list = problems.map((problem) => `  - ${problem}`).join("\n");
  throw new SetupError(`Set-up cannot go on:\n${list}`);
}

async function doWork(providers: Source): Promise<void> {
  // Another checkout may have done it while we waited for the lock.
  const { work } = makePlan(providers);
  if (work.length === 0) return;
  const caches = needsGo(work) ? goCaches() : undefined;
  const machine = resources(cacheDir());
  refuse(shortages(work, machine, caches?.temporary === undefined));
  const counts = new Map<GoTool, Promise<number>>();
  if (caches) prefetch(work, caches, counts);
  await runSteps(work.map((piece) => stepOf(piece, machine.cores, caches, counts)));
  if (caches) await removeGoCaches(caches);
}

function needsGo(work: Work[]): boolean {
  return work.some(({ kind }) => kind === "build" || kind === "data");
}

/** Fetch the modules of later builds while earlier ones compile: one waits for the network, one for the cores. */
function prefetch(work: Work[], caches: GoCaches, counts: Map<GoTool, Promise<number>>): void {
  let previous: Promise<unknown> = Promise.resolve();
  for (const piece of work) {
    if (piece.kind !== "build") continue;
    const count = previous.then(() => countPackages(piece.tool, caches));
    // A failure is reported by the build that waits for it.
    previous = count.catch(() => undefined);
    counts.set(piece.tool, count);
  }
}

function stepOf(
  piece: Work,
  cores: number,
  caches: GoCaches | undefined,
  counts: Map<GoTool, Promise<number>>,
): Step {
  const go = () => {
    if (!caches) throw new Error("setup: Go work without Go caches");
    return caches;
  };
  const run: Step["run"] = async (report) => {
    switch (piece.kind) {
      case "postgres":
        return installPostgres(report);
      case "moto":
        return installMoto();
      case "data":
        return copyModuleData(piece.data, go());
      case "build": {
        report("fetching modules");
        const total = (await counts.get(piece.tool)) ?? 0;
        let compiled = 0;
        return buildGoTool(piece.tool, go(), (line) => {
          if (/^\S+$/.test(line)) report(`${++compiled} of at most ${total} packages compiled`);
        });
      }
    }
  };
  return { title: piece.title, seconds: expectedSeconds(piece, cores), run };
}
