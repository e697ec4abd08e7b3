import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { parse } from "yaml";
import { isMap, plain, type Props } from "../../framework.ts";
import { str } from "../objects.ts";
import type { Settings } from "../settings.ts";
import { helm, withScratch, type HelmRun } from "./helm.ts";

/** How helm is told which chart: arguments, and an environment when credentials are needed. */
export interface ChartSource {
  reference: string;
  args: string[];
  environment: Record<string, string>;
}

/** The chart's folder or archive on this machine, undefined for a remote one. */
export function localChart(inputs: Props): string | undefined {
  const chart = str(inputs["chart"]).trim();
  const repository = isMap(inputs["repositoryOpts"]) ? str(inputs["repositoryOpts"]["repo"]) : "";
  if (!chart || repository || chart.startsWith("oci://") || /^https?:\/\//.test(chart)) {
    return undefined;
  }
  if (!existsSync(chart)) {
    if (isAbsolute(chart) || chart.startsWith(".")) throw new Error(`path "${chart}" not found`);
    return undefined;
  }
  const folder = statSync(chart).isDirectory();
  return !folder || existsSync(join(chart, "Chart.yaml")) ? chart : undefined;
}

/** A hash over every file of a local chart, so that an edit without a new version is seen. */
export function chartChecksum(path: string): string {
  const hash = createHash("sha256");
  const visit = (at: string, name: string): void => {
    if (statSync(at).isDirectory()) {
      for (const entry of readdirSync(at).sort()) visit(join(at, entry), `${name}/${entry}`);
      return;
    }
    const content = readFileSync(at);
    hash.update(`${name}\0${content.length}\0`).update(content);
  };
  visit(path, "");
  return hash.digest("hex");
}

/** Runs `use` with the chart's location; credentials live in a private folder meanwhile. */
export async function withChart<T>(
  inputs: Props,
  settings: Settings,
  signal: AbortSignal,
  use: (source: ChartSource) => Promise<T>,
): Promise<T> {
  const bare = plain(inputs);
  const options = isMap(bare["repositoryOpts"]) ? bare["repositoryOpts"] : {};
  const repository = str(options["repo"]);
  const [username, password] = [str(options["username"]), str(options["password"])];
  let reference = str(bare["chart"]).trim();
  const args: string[] = [];
  for (const [key, option] of Object.entries({
    caFile: "--ca-file",
    certFile: "--cert-file",
    keyFile: "--key-file",
  })) {
    if (options[key]) args.push(option, str(options[key]));
  }
  if (bare["version"]) args.push("--version", str(bare["version"]));
  else if (bare["devel"] === true) args.push("--devel");
  if (bare["verify"] === true) args.push("--verify");
  if (bare["keyring"]) args.push("--keyring", str(bare["keyring"]));
  const isUrl = /^https?:\/\//.test(repository);
  if (isUrl && !password) args.push("--repo", repository);
  else if (repository && !isUrl && !reference.includes("/"))
    reference = `${repository}/${reference}`;
  if (!password) return use({ reference, args, environment: {} });
  return withScratch(async (folder) => {
    const run: HelmRun = { settings, signal, environment: {} };
    if (reference.startsWith("oci://")) {
      run.environment = { HELM_REGISTRY_CONFIG: join(folder, "registry.json") };
      const host = new URL(reference.replace(/^oci:/, "http:")).host;
      const login = ["registry", "login", host, "--username", username, "--password-stdin"];
      await helm(login, { ...run, input: password });
      return use({ reference, args, environment: run.environment });
    }
    const config = join(folder, "repositories.yaml");
    const entry = { name: "chart-source", url: repository, username, password };
    const file = { apiVersion: "", repositories: [{ ...entry, ...pickFiles(options) }] };
    writeFileSync(config, JSON.stringify(file), { mode: 0o600 });
    run.environment = {
      HELM_REPOSITORY_CONFIG: config,
      HELM_REPOSITORY_CACHE: join(folder, "cache"),
    };
    await helm(["repo", "update"], run);
    return use({ reference: `chart-source/${reference}`, args, environment: run.environment });
  });
}

function pickFiles(options: Props): Record<string, string> {
  const { caFile, certFile, keyFile } = options;
  const files = { caFile: str(caFile), certFile: str(certFile), keyFile: str(keyFile) };
  return Object.fromEntries(Object.entries(files).filter(([, path]) => path !== ""));
}

/** The version in the chart's metadata; throws with helm's words when there is no such chart. */
export async function chartVersion(
  inputs: Props,
  settings: Settings,
  signal: AbortSignal,
): Promise<string> {
  const local = localChart(inputs);
  let text: string;
  if (local && statSync(local).isDirectory()) {
    text = readFileSync(join(local, "Chart.yaml"), "utf8");
  } else {
    text = await withChart(inputs, settings, signal, (source) =>
      helm(["show", "chart", source.reference, ...source.args], {
        settings,
        signal,
        environment: source.environment,
      }),
    );
  }
  const metadata = parse(text) as { version?: unknown; type?: unknown } | null;
  if (metadata?.type === "library") throw new Error("library charts are not installable");
  if (typeof metadata?.version !== "string" && typeof metadata?.version !== "number") {
    throw new Error("the chart's Chart.yaml names no version");
  }
  return String(metadata.version);
}
