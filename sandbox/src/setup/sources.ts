import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chartRepository, providers, type ProviderName } from "./catalogue.ts";
import type { Choice, Source } from "./choices.ts";
import { reasonOf, whyNoAnswer, whyOutOfReach } from "./download.ts";
import { writeWhole } from "./install.ts";
import { stateDir } from "./paths.ts";
import { installOfficial } from "./plugins.ts";
import { pluginRelease } from "./releases.ts";

export interface Sources {
  providers: Source;
  charts: Source;
  /** Time of the last failed request to the vendors' servers, for people. */
  tried?: string;
}

/** The choice for deployments: stand-ins, or the vendor's own. */
export const sourcesFile = join(stateDir, "sources.json");

export function readSources(): Sources | undefined {
  try {
    return JSON.parse(readFileSync(sourcesFile, "utf8")) as Sources;
  } catch {
    return undefined;
  }
}

/** Read a choice from the command line or the environment; a wrong word is an error that lists the right ones. */
export function parseChoice<Word extends string>(
  name: string,
  value: string | undefined,
  words: readonly ["auto", ...Word[]],
): "auto" | Word {
  const found = words.find((word) => word === (value === "" ? "auto" : (value ?? "auto")));
  if (found !== undefined) return found;
  throw new Error(`${name}: "${value}" is not one of ${words.join(", ")}`);
}

/** Expected source of plugins before set-up: as requested, as chosen earlier, or by whether the vendor answers. */
export async function expectProviders(choice: Choice): Promise<Source> {
  if (choice !== "auto") return choice;
  const before = readSources()?.providers;
  if (before !== undefined) return before;
  const release = pluginRelease("random");
  if (release === undefined) return "standin";
  return (await whyOutOfReach(release)) === undefined ? "official" : "standin";
}

/** Installs the vendor's plugins. Returns false if they are not available and stand-ins are allowed. */
export async function installOfficialPlugins(
  choice: Choice,
  report: (line: string) => void,
): Promise<boolean> {
  // The smallest first, which shows quickly whether the vendor can be reached.
  for (const name of (Object.keys(providers) as ProviderName[]).reverse()) {
    try {
      await installOfficial(name, report);
    } catch (error) {
      const why = `the official ${name} plugin cannot be downloaded (${reasonOf(error)})`;
      if (choice === "official") {
        throw new Error(
          `providers: ${why}. ` +
            "Use SANDBOX_PROVIDERS=standin, or try again with a connection to the vendor.",
        );
      }
      report(`Provider plugins: ${why}.`);
      return false;
    }
  }
  return true;
}

/** Chooses the source of charts, and stores the choices for charts and plugins. */
export async function settleSources(decided: Source, choice: Choice): Promise<Sources> {
  const before = readSources();
  const sources: Sources = {
    providers: decided,
    charts: await settleCharts(choice, before),
  };
  if (sources.providers === "standin" || sources.charts === "standin") {
    sources.tried = before?.tried ?? new Date().toISOString().slice(0, 10);
  }
  await writeWhole(sourcesFile, `${JSON.stringify(sources, null, 2)}\n`);
  return sources;
}

async function settleCharts(choice: Choice, before: Sources | undefined): Promise<Source> {
  const wanted = choice === "auto" ? before?.charts : choice;
  if (wanted === "standin" || (wanted === "official" && choice === "auto")) return wanted;
  const why = await whyNoAnswer(`${chartRepository}/index.yaml`);
  if (why === undefined) return "official";
  if (choice === "official") {
    throw new Error(
      `charts: ${chartRepository} does not answer (${why}). ` +
        "Use SANDBOX_CHARTS=standin, or try again with a connection to the vendor.",
    );
  }
  return "standin";
}
