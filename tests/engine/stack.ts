import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type * as k8s from "@kubernetes/client-node";
import { parse, stringify } from "yaml";
import { readKubeConfig } from "../../teleport/kube-config";
import { ended, type Ended } from "./ended";
import { KeptSandbox } from "./kept-sandbox";

/** A resource in the Teleport that the sandbox plays. */
export interface TeleportContent {
  /** "kubernetes" if the operator created the resource. */
  origin?: string;
  version?: string;
  labels: Record<string, string>;
  spec: Record<string, unknown>;
  revision: number;
}

const ROOT = path.resolve(__dirname, "../..");
const STACK = "sandbox";
/** Parts of the checkout that an example's program needs, without what index.ts imports. */
const CHECKOUT = ["bin", "index.ts", "package.json", "tsconfig.json", "node_modules"];

/** Steps that change nothing. */
const UNCHANGED = new Set(["same", "read", "discard"]);

/** A stack file's settings, by section. */
export type Config = Record<string, unknown>;

/** The provider plugins that a CLI has started. */
function pluginsOf(cli: number): number[] {
  const threads = fs.readdirSync(`/proc/${String(cli)}/task`);
  const children = threads.flatMap((thread) =>
    fs.readFileSync(`/proc/${String(cli)}/task/${thread}/children`, "utf8").split(" "),
  );
  return children.map(Number).filter((pid) => pid > 0 && isPlugin(pid));
}

function isPlugin(pid: number): boolean {
  try {
    const command = fs.readFileSync(`/proc/${String(pid)}/cmdline`, "utf8");
    return /plugins\/resource-|pulumi-resource-/.test(command);
  } catch {
    // The process has ended.
    return false;
  }
}

/** Lifts the deletion protection in the settings, as docs/operations.md says. */
export function liftProtection(config: Config): void {
  config["access-plane:namespace"] = {
    ...(config["access-plane:namespace"] as object | undefined),
    protect: false,
  };
  const loadBalancer = config["access-plane:loadBalancer"] as Config | undefined;
  if (loadBalancer !== undefined) loadBalancer["deletionProtection"] = false;
}

/** A stack of the real program on a sandbox of its own, deployed with the real CLI. */
export class EngineStack {
  private clients: { file: string; config: k8s.KubeConfig } | undefined;
  /** Plugins of a CLI that was killed. */
  private readonly orphans: number[] = [];

  private constructor(
    private readonly sandbox: KeptSandbox,
    readonly env: NodeJS.ProcessEnv,
    readonly ports: Record<string, number>,
    /** Password of PostgreSQL's superuser `postgres`. */
    readonly postgresPassword: string,
    /** The stack file. */
    readonly configFile: string,
    private readonly program: string,
    private readonly name = STACK,
  ) {}

  /**
   * Takes a sandbox that is not the checkout's own, and creates an empty stack on it. `program` is the
   * folder of the program.
   */
  static async start(program = ROOT): Promise<EngineStack> {
    const sandbox = await KeptSandbox.take();
    const { stateDir, started } = sandbox;
    const env = {
      ...process.env,
      ...sandbox.variables(),
      // The plugins that set-up installed, official or stand-in.
      PULUMI_HOME: path.join(ROOT, ".sandbox/pulumi"),
      PATH: `${path.join(stateDir, "bin")}:${process.env["PATH"] ?? ""}`,
      NO_COLOR: "1",
    };
    const configFile = path.join(stateDir, `Pulumi.${STACK}.yaml`);
    fs.copyFileSync(path.join(ROOT, `Pulumi.${STACK}.yaml`), configFile);
    const stack = new EngineStack(
      sandbox,
      env,
      started.ports,
      started.secrets.postgresPassword,
      configFile,
      program,
    );
    await stack.expect(0, "stack", "init", STACK);
    return stack;
  }

  /** The folder with the sandbox's files. */
  get stateDir(): string {
    return this.sandbox.stateDir;
  }

  /**
   * Creates another stack on the same sandbox, from a copy of an example's folder. It uses the outputs of
   * this stack's plane.
   */
  async beside(example: string, edit: (config: Config) => void = () => undefined) {
    const checkout = path.join(this.stateDir, "checkout");
    const folder = path.join(checkout, "examples", example);
    fs.cpSync(path.join(ROOT, "examples", example), folder, { recursive: true });
    for (const part of CHECKOUT) {
      const link = path.join(checkout, part);
      if (!fs.existsSync(link)) fs.symlinkSync(path.join(ROOT, part), link);
    }
    const file = path.join(folder, `Pulumi.${example}.yaml`);
    const salted = parse(fs.readFileSync(this.configFile, "utf8")) as { encryptionsalt: string };
    fs.writeFileSync(
      file,
      `encryptionsalt: ${salted.encryptionsalt}\n${fs.readFileSync(file, "utf8")}`,
    );
    const stack = new EngineStack(
      this.sandbox,
      this.env,
      this.ports,
      this.postgresPassword,
      file,
      folder,
      example,
    );
    stack.change((config) => {
      config["access-plane:plane"] = { stack: `organization/access-plane/${this.name}` };
      config["access-plane:kubernetes"] = { context: "sandbox" };
      edit(config);
    });
    await stack.expect(0, "stack", "init", example);
    return stack;
  }

  /** Gives the sandbox back with all its content. */
  async stop(): Promise<void> {
    for (const pid of this.orphans) if (isPlugin(pid)) process.kill(pid, "SIGKILL");
    await this.sandbox.giveBack();
  }

  /** Changes the settings in this stack's own file. */
  change(edit: (config: Config) => void): void {
    const file = parse(fs.readFileSync(this.configFile, "utf8")) as { config: Config };
    edit(file.config);
    // YAML 1.1 quotes texts that look like dates, which the CLI would otherwise read as dates.
    fs.writeFileSync(this.configFile, stringify(file, { version: "1.1" }));
  }

  /** Lifts the deletion protection in the settings. The next `up` applies that. */
  liftProtection(): void {
    this.change(liftProtection);
  }

  /** Starts the CLI in a process group of its own, without waiting. */
  spawn(...args: string[]): ChildProcess {
    const [command = ""] = args;
    const settings = ["preview", "up", "destroy"].includes(command);
    const onStack = settings ? ["--config-file", this.configFile] : [];
    const quiet = ["--non-interactive", "--color", "never"];
    return spawn("pulumi", [...args, "--stack", this.name, ...onStack, ...quiet], {
      cwd: this.program,
      env: this.env,
      detached: true,
    });
  }

  /** Runs the CLI to its end. */
  run(...args: string[]): Promise<Ended> {
    return ended(args[1] === "init" ? this.spawnInit() : this.spawn(...args));
  }

  /** Starts a command of `access-plane` on the stack without waiting. */
  spawnAccessPlane(...args: string[]): ChildProcess {
    const [command = ""] = args;
    const settings = ["preview", "up", "refresh", "destroy", "recover"].includes(command);
    const given = args.includes("--config-file");
    const onStack = settings && !given ? ["--config-file", this.configFile] : [];
    const bin = [path.join(ROOT, "bin/access-plane"), "-C", this.program];
    const line = [...bin, ...args, "--stack", this.name, ...onStack];
    return spawn(process.execPath, line, { env: this.env });
  }

  /** Runs a command of `access-plane` on the stack to its end. */
  accessPlane(...args: string[]): Promise<Ended> {
    return ended(this.spawnAccessPlane(...args));
  }

  private spawnInit(): ChildProcess {
    // `stack init` has no flag `--config-file`, and must use the salt of the committed file.
    return spawn("pulumi", ["stack", "init", this.name, "--non-interactive"], {
      cwd: this.program,
      env: this.env,
    });
  }

  /** Runs the CLI. Throws its output if it exits with another code, the CLI's diagnostics last. */
  async expect(code: number, ...args: string[]): Promise<string> {
    const run = await this.run(...args);
    if (run.code !== code) {
      const [steps = "", diagnostics = ""] = run.output.split(/^(?=Diagnostics:$)/m);
      throw new Error(
        `pulumi ${args.join(" ")} ended with ${String(run.code)}, expected ${String(code)}:\n` +
          steps.slice(-8000) +
          diagnostics.replace(/^(Outputs|Resources):$.*/ms, ""),
      );
    }
    return run.output;
  }

  /**
   * Starts an update, and kills the CLI once its output matches `moment`, or `moment` resolves. The
   * plugins finish their work. `stop` ends those that do not exit on their own.
   */
  async killAt(moment: RegExp | Promise<unknown>): Promise<void> {
    const child = this.spawn("up", "--yes", "--skip-preview");
    let output = "";
    await new Promise<void>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", () => {
        reject(new Error(`the update ended before it could be killed:\n${output}`));
      });
      child.stdout?.on("data", (chunk) => {
        output += String(chunk);
        if (moment instanceof RegExp && moment.test(output)) setTimeout(resolve, 1500);
      });
      if (moment instanceof Promise) {
        void moment.then(() => {
          resolve();
        }, reject);
      }
    });
    this.orphans.push(...pluginsOf(child.pid ?? 0));
    process.kill(-(child.pid ?? 0), "SIGKILL");
    await new Promise((resolve) => child.on("close", resolve));
  }

  up(): Promise<string> {
    return this.expect(0, "up", "--yes", "--skip-preview");
  }

  /** Updates by the engine's update plan, which refuses every step and value that its preview did not show. */
  async upAsPlanned(): Promise<string> {
    const plan = path.join(this.stateDir, "plan.json");
    await this.expect(0, "preview", "--save-plan", plan);
    return this.expect(0, "up", "--yes", "--plan", plan);
  }

  /** Outputs of the stack. */
  async outputs(): Promise<Record<string, unknown>> {
    const text = await this.expect(0, "stack", "output", "--json");
    return JSON.parse(text) as Record<string, unknown>;
  }

  /** What the last update changed, by kind of step. */
  async lastChanges(): Promise<Record<string, number>> {
    const text = await this.expect(0, "stack", "history", "--json", "--page-size", "1");
    const [last] = JSON.parse(text) as { resourceChanges?: Record<string, number> }[];
    const changes = Object.entries(last?.resourceChanges ?? {});
    return Object.fromEntries(changes.filter(([kind]) => !UNCHANGED.has(kind)));
  }

  /** The stored state as text. */
  state(): string {
    const folder = path.join(this.stateDir, "pulumi-state/.pulumi/stacks/access-plane");
    return fs.readFileSync(path.join(folder, `${this.name}.json`), "utf8");
  }

  /** The resources of a collection ("role", "user", …) in the sandbox's Teleport, by name. */
  teleport(collection: string): Partial<Record<string, TeleportContent>> {
    return this.teleportContent()[collection] ?? {};
  }

  /** The resources in Teleport that the operator manages, as `collection/name`. */
  managedByOperator(): string[] {
    return Object.entries(this.teleportContent()).flatMap(([collection, content]) =>
      Object.entries(content)
        .filter(([, { origin }]) => origin === "kubernetes")
        .map(([name]) => `${collection}/${name}`),
    );
  }

  private teleportContent(): Record<string, Record<string, TeleportContent>> {
    const file = path.join(this.stateDir, "controllers/teleport.json");
    const { clusters } = JSON.parse(fs.readFileSync(file, "utf8")) as {
      clusters: Record<string, Record<string, Record<string, TeleportContent>>>;
    };
    return clusters["teleport"] ?? {};
  }

  /** A client of the API server as the sandbox's administrator. */
  kube<T extends k8s.ApiType>(type: new (config: k8s.Configuration) => T): T {
    const file = this.env["KUBECONFIG"] ?? "";
    if (this.clients?.file !== file) this.clients = { file, config: readKubeConfig(file) };
    return this.clients.config.makeApiClient(type);
  }

  /** Reads or writes a Vault path as the sandbox's administrator. */
  async vault(apiPath: string, body?: object): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.env["VAULT_ADDR"] ?? ""}/v1/${apiPath}`, {
      headers: { "X-Vault-Token": this.env["VAULT_TOKEN"] ?? "" },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`Vault ${apiPath}: ${String(response.status)}`);
    if (response.status === 204) return {};
    return ((await response.json()) as { data: Record<string, unknown> }).data;
  }
}
