import { readFileSync } from "node:fs";
import { join } from "node:path";
import { providers, vendorChart, type ProviderName } from "./catalogue.ts";
import { writeWhole } from "./install.ts";
import { pulumiHome, stateDir } from "./paths.ts";
import { installOurs, isOfficial, isOurs, removePlugin } from "./plugins.ts";
import { runCommand } from "./run-command.ts";
import { toolPath } from "./tools.ts";

export type Source = "official" | "standin";
export type Choice = Source | "auto";

export interface Sources {
  providers: Source;
  charts: Source;
  /** When the vendors' servers were last tried in vain, as people write it. */
  tried?: string;
}

/** What was decided, for whoever deploys: stand-ins or the real thing. */
export const sourcesFile = join(stateDir, "sources.json");

const probeSeconds = 20;
const downloadSeconds = 900;

export function readSources(): Sources | undefined {
  try {
    return JSON.parse(readFileSync(sourcesFile, "utf8")) as Sources;
  } catch {
    return undefined;
  }
}

/** Read a choice from the command line or the environment; a wrong word is an error that lists the right ones. */
export function parseChoice(name: string, value: string | undefined): Choice {
  if (value === undefined || value === "") return "auto";
  if (value === "auto" || value === "official" || value === "standin") return value;
  throw new Error(`${name}: "${value}" is not one of auto, official, standin`);
}

/** Decide where plugins and charts come from, put the plugins in place and remember the decision. */
export async function settleSources(
  choice: { providers: Choice; charts: Choice },
  report: (line: string) => void,
): Promise<Sources> {
  const before = readSources();
  const decided: Sources = {
    providers: await settleProviders(choice.providers, before, report),
    charts: await settleCharts(choice.charts, before, report),
  };
  if (decided.providers === "standin" || decided.charts === "standin") {
    decided.tried = before?.tried ?? new Date().toISOString().slice(0, 10);
  }
  await writeWhole(sourcesFile, `${JSON.stringify(decided, null, 2)}\n`);
  return decided;
}

async function settleProviders(
  choice: Choice,
  before: Sources | undefined,
  report: (line: string) => void,
): Promise<Source> {
  const names = Object.keys(providers) as ProviderName[];
  const wanted = choice === "auto" ? before?.providers : choice;
  if (wanted !== "standin") {
    try {
      for (const name of names.filter((each) => isOurs(each))) await removePlugin(name);
      // The smallest first: it tells quickly whether the vendor can be reached at all.
      for (const name of [...names].reverse()) {
        if (isOfficial(name)) continue;
        report(`provider ${name} ${providers[name]}: downloading the official plugin`);
        const probe = choice === "auto" && name === "random";
        await downloadPlugin(name, probe ? probeSeconds : downloadSeconds);
      }
      return "official";
    } catch (error) {
      if (choice === "official") {
        throw new Error(
          `providers: the official plugins cannot be downloaded (${firstLine(error)}). ` +
            "Use SANDBOX_PROVIDERS=standin, or try again with a connection to the vendor.",
        );
      }
    }
  }
  await installOurs();
  return "standin";
}

async function downloadPlugin(name: ProviderName, timeoutSeconds: number): Promise<void> {
  await runCommand(
    toolPath("pulumi"),
    ["plugin", "install", "resource", name, providers[name], "--non-interactive"],
    {
      env: { ...process.env, PULUMI_HOME: pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true" },
      timeoutSeconds,
    },
  );
}

async function settleCharts(
  choice: Choice,
  before: Sources | undefined,
  report: (line: string) => void,
): Promise<Source> {
  const wanted = choice === "auto" ? before?.charts : choice;
  if (wanted === "standin" || (wanted === "official" && choice === "auto")) return wanted;
  report(`charts: asking ${vendorChart.repository}`);
  try {
    const where = ["--repo", vendorChart.repository, "--version", vendorChart.version];
    await runCommand(toolPath("helm"), ["show", "chart", vendorChart.name, ...where], {
      timeoutSeconds: probeSeconds,
    });
    return "official";
  } catch (error) {
    if (choice === "official") {
      throw new Error(
        `charts: ${vendorChart.repository} does not answer (${firstLine(error)}). ` +
          "Use SANDBOX_CHARTS=standin, or try again with a connection to the vendor.",
      );
    }
    return "standin";
  }
}

function firstLine(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split("\n");
  return (lines.find((line) => /error|timed out|ended by/i.test(line)) ?? lines[0] ?? "").trim();
}
