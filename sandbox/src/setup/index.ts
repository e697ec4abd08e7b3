import { comeWith, type GoTool } from "./catalogue.ts";
import { releasesFor, takeRelease } from "./download.ts";
import { roomOn } from "./gate.ts";
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
import { setupLock, withLock } from "./lock.ts";
import { resources } from "./machine.ts";
import { installMoto, whyNoPython } from "./moto.ts";
import { cacheDir } from "./paths.ts";
import {
  compiles,
  duration,
  estimate,
  expectedSeconds,
  makePlan,
  neededMemoryMiB,
  shortages,
  type Work,
} from "./plan.ts";
import { installOurs } from "./plugins.ts";
import { findPostgres, installPostgres } from "./postgres.ts";
import { runSteps, type Step } from "./progress.ts";
import type { Choice, Source, ToolsChoice } from "./choices.ts";
import { expectProviders, installOfficialPlugins, settleSources, type Sources } from "./sources.ts";
import { builtDir, findTools, toolsFile } from "./tools.ts";

export interface SetupOptions {
  tools: ToolsChoice;
  providers: Choice;
  charts: Choice;
  /** Whether to install what only tests use, too. */
  tests: boolean;
}

/** A condition that the user has to change. It is shown without a stack trace. */
export class SetupError extends Error {
  override name = "SetupError";
}

const say = (line = "") => process.stdout.write(`${line}\n`);

/** Sets up everything that the sandbox needs. Does not repeat earlier work. */
export async function setup(options: SetupOptions): Promise<Sources> {
  const expected = await expectProviders(options.providers);
  await makeReady(expected, options);
  await joinLanguageHost();
  const official =
    expected === "official" && (await installOfficialPlugins(options.providers, say));
  if (!official) {
    if (expected === "official") await makeReady("standin", options);
    await installOurs();
  }
  const found = findTools();
  await writeWhole(toolsFile, `${JSON.stringify(found, null, 2)}\n`);
  if (!findPostgres().wal2json) {
    say("PostgreSQL has no wal2json, and it could not be installed: its probe is left out.");
    say("  (as root: apt-get install postgresql-15-wal2json)");
  }
  const sources = await settleSources(official ? "official" : "standin", options.charts);
  const how = {
    official: "the vendor's",
    standin: "Kubernetes built from the vendor's module, the others stand-ins",
  };
  say(`Tools: ${Object.keys(found).length} ready, programs in ${cacheDir()}`);
  say(`Provider plugins: ${how[sources.providers]}.`);
  say(`Charts: ${sources.charts === "official" ? "the vendor's" : "the sandbox's stand-ins"}.`);
  if (sources.tried !== undefined) {
    say(
      `  (the vendors' servers were not reachable or not wanted on ${sources.tried}; ` +
        'SANDBOX_PROVIDERS=official SANDBOX_CHARTS=official "make setup" tries again)',
    );
  }
  return sources;
}

/** Install what is missing. */
async function makeReady(providers: Source, { tools, tests }: SetupOptions): Promise<void> {
  const wanted = { providers, tests };
  const missing = makePlan(wanted).work;
  if (missing.length === 0) return;
  const downloads = await releasesFor(
    missing.flatMap((piece) => (piece.kind === "build" ? [piece.tool] : [])),
    tools,
    say,
  );
  announce(makePlan(wanted, downloads).work);
  refuse(missingBuildTools(missing));
  await withLock(
    setupLock(),
    (pid) => say(`Another checkout is setting up (process ${pid}); waiting for it.`),
    // Another checkout may have done it while we waited for the lock.
    () => doWork(makePlan(wanted, downloads).work, tools),
  );
}

function announce(work: Work[]): void {
  const { cores } = resources(cacheDir());
  say(`Set-up has ${work.length} steps, once per machine and user:`);
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
  throw new SetupError(`Set-up cannot continue:\n${list}`);
}

async function doWork(work: Work[], choice: ToolsChoice): Promise<void> {
  if (work.length === 0) return;
  const caches = goCaches();
  const machine = resources(cacheDir());
  refuse(shortages(work, machine, caches.temporary === undefined));
  const counts = new Map<GoTool, Promise<number>>();
  prefetch(work, caches, counts);
  const remarks: string[] = [];
  const context = { cores: machine.cores, caches, counts, choice, remarks };
  await runSteps(
    work.map((piece) => stepOf(piece, context)),
    roomOn(machine),
  );
  remarks.forEach(say);
  await removeGoCaches(caches);
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

interface Context {
  cores: number;
  caches: GoCaches;
  counts: Map<GoTool, Promise<number>>;
  choice: ToolsChoice;
  /** The message at the end. */
  remarks: string[];
}

function stepOf(piece: Work, context: Context): Step {
  const run: Step["run"] = async (report) => {
    switch (piece.kind) {
      case "postgres":
        return installPostgres(report);
      case "moto":
        return installMoto();
      case "data":
        return copyModuleData(piece.data, context.caches);
      case "download":
        return download(piece, context, report);
      case "build":
        return compile(piece.tool, context, report);
    }
  };
  return {
    title: piece.title,
    seconds: expectedSeconds(piece, context.cores),
    on: compiles(piece) ? "cores" : "network",
    memoryMiB: neededMemoryMiB(piece),
    run,
  };
}

async function compile(
  tool: GoTool,
  { caches, counts }: Context,
  report: (note: string) => void,
): Promise<void> {
  report("fetching modules");
  const total = await (counts.get(tool) ?? countPackages(tool, caches));
  let compiled = 0;
  await buildGoTool(tool, caches, (line) => {
    if (/^\S+$/.test(line)) report(`${++compiled} of at most ${total} packages compiled`);
  });
}

async function download(
  { tool, title, release }: Extract<Work, { kind: "download" }>,
  context: Context,
  report: (note: string) => void,
): Promise<void> {
  const remark = await takeRelease(
    { title, release, target: builtDir(tool), choice: context.choice },
    report,
    async (tell) => {
      for (const each of [tool, ...comeWith(tool)]) await compile(each, context, tell);
    },
  );
  if (remark !== undefined) context.remarks.push(remark);
}
