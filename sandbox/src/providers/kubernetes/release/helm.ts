import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Settings } from "../settings.ts";

/** Helm refused or failed; the message is Helm's own. */
export class HelmError extends Error {}

const SCRATCH = "access-plane-helm-";
let tether: string[] | undefined;

/** Where the system can do it, Helm is tied to this process, so that it never outlives a kill. */
function tetherCommand(): string[] {
  if (!tether) {
    const probe = spawnSync("setpriv", ["--pdeathsig", "KILL", "true"], { stdio: "ignore" });
    tether = probe.status === 0 ? ["setpriv", "--pdeathsig", "KILL"] : [];
    removeStaleScratch();
  }
  return tether;
}

/** Scratch folders of providers that were killed. */
function removeStaleScratch(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(/^access-plane-helm-(\d+)-/.exec(name)?.[1]);
    if (!pid) continue;
    try {
      process.kill(pid, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ESRCH") {
        rmSync(join(tmpdir(), name), { recursive: true, force: true });
      }
    }
  }
}

/** A private folder (0700) for what must not be on a command line; always removed. */
export async function withScratch<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), `${SCRATCH}${process.pid}-`));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface HelmRun {
  settings: Settings;
  namespace?: string;
  /** Standard input: values, or a password. */
  input?: string;
  environment?: Record<string, string>;
  signal: AbortSignal;
}

/** Runs helm and returns its standard output. */
export async function helm(args: readonly string[], run: HelmRun): Promise<string> {
  return withScratch(async (folder) => {
    const environment: NodeJS.ProcessEnv = { ...process.env, ...helmEnvironment(run.settings) };
    Object.assign(environment, run.environment);
    if (run.settings.kubeconfigText !== undefined) {
      environment["KUBECONFIG"] = join(folder, "kubeconfig");
      writeFileSync(environment["KUBECONFIG"], run.settings.kubeconfigText, { mode: 0o600 });
    }
    const scope = [
      ...(run.settings.context ? ["--kube-context", run.settings.context] : []),
      ...(run.namespace ? ["--namespace", run.namespace] : []),
    ];
    return execute([...args, ...scope], environment, run);
  });
}

function execute(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  run: HelmRun,
): Promise<string> {
  const binary = process.env["SANDBOX_HELM"] ?? "helm";
  const [command = binary, ...rest] = [...tetherCommand(), binary, ...args];
  return new Promise((resolve, reject) => {
    const child = spawn(command, rest, { env: environment, stdio: ["pipe", "pipe", "pipe"] });
    let output = "";
    let errors = "";
    // Helm unwinds on SIGTERM the way it does on Ctrl-C: the release is marked failed.
    const stop = () => child.kill("SIGTERM");
    run.signal.addEventListener("abort", stop, { once: true });
    if (run.signal.aborted) stop();
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "ENOENT"
          ? new HelmError(`the helm binary "${binary}" is not found; set SANDBOX_HELM or PATH`)
          : error,
      ),
    );
    child.on("close", (code, signal) => {
      run.signal.removeEventListener("abort", stop);
      if (code === 0) resolve(output);
      else
        reject(
          new HelmError(helmMessage(errors) || `helm ${args[0]} ended with ${code ?? signal}`),
        );
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(run.input ?? "");
  });
}

/** The error lines of Helm's output, without its warnings about file modes and the like. */
function helmMessage(errors: string): string {
  const lines = errors.split("\n").filter((line) => !/^(WARNING:|[WI]\d{4} )/.test(line));
  const text = lines.join("\n").trim();
  const start = text.search(/^Error: /m);
  return (start >= 0 ? text.slice(start + "Error: ".length) : text).trim();
}

function helmEnvironment(settings: Settings): Record<string, string> {
  const names: Record<string, string> = {
    driver: "HELM_DRIVER",
    pluginsPath: "HELM_PLUGINS",
    registryConfigPath: "HELM_REGISTRY_CONFIG",
    repositoryCache: "HELM_REPOSITORY_CACHE",
    repositoryConfigPath: "HELM_REPOSITORY_CONFIG",
  };
  return Object.fromEntries(
    Object.entries(names).flatMap(([key, name]) => {
      const value = settings.helm[key];
      return value ? [[name, value]] : [];
    }),
  );
}
