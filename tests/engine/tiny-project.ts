import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { goodSettings } from "../unit/settings/fixture";

const ROOT = path.resolve(__dirname, "../..");

/** What the program of a tiny project does. */
export interface Behaviour {
  /** Resources that need no provider: `type::name`, or `parent's type$type::name`. */
  resources: string[];
  /** Resources of the program once it runs in an update. Default: those of the preview. */
  inUpdate?: string[];
  /** Seconds that an update takes. A preview does not wait. */
  sleepSeconds?: number;
  /** A file whose existence ends an update before its time. */
  until?: string;
  fails?: string;
  /** The message of an error in an output of the stack. */
  breaks?: string;
}

/** The parts of a state that tests read and write. */
interface State {
  checkpoint: {
    latest: { resources: { urn: string; protect?: boolean }[]; pending_operations?: unknown[] };
  };
}

const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";

const PROGRAM = `
require(${JSON.stringify(path.join(ROOT, "bin/typescript.cjs"))});
Error.prepareStackTrace = undefined;
const fs = require("node:fs");
const pulumi = require("@pulumi/pulumi");
const { guardedResources } = require(${JSON.stringify(path.join(ROOT, "settings/guard.ts"))});
const support = ${JSON.stringify(path.join(ROOT, "components/support"))};
require(support + "/plain-errors.ts").printErrorsPlainly();
require(support + "/end-with-engine.ts").endWithEngine();
const { resources, inUpdate, sleepSeconds = 0, until = "" } = require("./behaviour.json");
const { fails, breaks } = require("./behaviour.json");
const sleep = (seconds) => new Promise((end) => setTimeout(end, seconds * 1000));
module.exports = async () => {
  const all = pulumi.runtime.isDryRun() ? resources : (inUpdate ?? resources);
  const parents = {};
  for (const text of all) {
    const [types, name] = text.split("::");
    const [type, above] = types.split("$").reverse();
    const parent = above && (parents[above] ??= new pulumi.ComponentResource(above, "parent"));
    new pulumi.ComponentResource(type, name, {}, { parent, protect: parent && guardedResources()(name) });
  }
  const late = Date.now() + sleepSeconds * 1000;
  const over = () => pulumi.runtime.isDryRun() || Date.now() >= late || fs.existsSync(until);
  while (!over()) await sleep(0.2);
  if (fails) throw new pulumi.RunError(fails);
  const broken = () => pulumi.output(1).apply(() => { throw new Error(breaks); });
  return { url: "https://teleport.example.com", ...(breaks ? { broken: broken() } : {}) };
};
`;

/** A project with the real engine, language host and file backend, and a program without providers. */
export class TinyProject {
  readonly cwd = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-tiny-"));
  readonly env: NodeJS.ProcessEnv;

  private constructor(pulumi: string) {
    const state = path.join(this.cwd, "state");
    const kubeconfig = path.join(this.cwd, "kubeconfig");
    this.env = {
      ...process.env,
      PATH: `${path.dirname(pulumi)}:${path.dirname(process.execPath)}:/usr/bin:/bin`,
      PULUMI_HOME: path.join(this.cwd, "home"),
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: "",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      KUBECONFIG: kubeconfig,
      AWS_EC2_METADATA_DISABLED: "true",
      NO_COLOR: "1",
    };
    fs.mkdirSync(state);
    fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(this.cwd, "node_modules"));
    // Runs without the compiler, like the real program: the compiler takes longest to load.
    fs.writeFileSync(
      path.join(this.cwd, "Pulumi.yaml"),
      stringify({
        name: "access-plane",
        runtime: { name: "nodejs", options: { typescript: false } },
        main: ".",
      }),
    );
    fs.writeFileSync(path.join(this.cwd, "package.json"), '{ "main": "index.js" }');
    fs.writeFileSync(path.join(this.cwd, "index.js"), PROGRAM);
    // Nothing listens on this port.
    const cluster = { server: "https://127.0.0.1:1" };
    fs.writeFileSync(
      kubeconfig,
      stringify({
        "current-context": "lumie",
        clusters: [{ name: "nowhere", cluster }],
        users: [{ name: "nobody", user: {} }],
        contexts: ["lumie"].map((name) => ({
          name,
          context: { cluster: "nowhere", user: "nobody" },
        })),
      }),
    );
    this.behave({ resources: [] });
  }

  static async make(): Promise<TinyProject> {
    const tools = (await import(path.join(ROOT, "sandbox/src/setup/tools.ts"))) as {
      toolPath(name: string): string;
    };
    return new TinyProject(tools.toolPath("pulumi"));
  }

  behave(behaviour: Behaviour): void {
    fs.writeFileSync(path.join(this.cwd, "behaviour.json"), JSON.stringify(behaviour));
  }

  /** Writes a stack file, by default with valid settings. */
  stackFile(name: string, sections: Record<string, unknown> = goodSettings()): string {
    const { encryptionsalt } = parse(
      fs.readFileSync(path.join(ROOT, "Pulumi.sandbox.yaml"), "utf8"),
    ) as { encryptionsalt: string };
    const config = Object.fromEntries(
      Object.entries(sections).map(([section, value]) => [`access-plane:${section}`, value]),
    );
    const file = path.join(this.cwd, `Pulumi.${name}.yaml`);
    fs.writeFileSync(file, stringify({ encryptionsalt, config }));
    return file;
  }

  start(args: string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    return spawn(process.execPath, [path.join(ROOT, "bin/access-plane"), "-C", this.cwd, ...args], {
      env: { ...this.env, ...env },
    });
  }

  /** Files of the locks that are held. */
  locks(stack: string): string[] {
    const folder = path.join(this.cwd, "state/.pulumi/locks/organization/access-plane", stack);
    if (!fs.existsSync(folder)) return [];
    return fs.readdirSync(folder).filter((file) => file.endsWith(".json"));
  }

  private stateFile(stack: string): string {
    return path.join(this.cwd, "state/.pulumi/stacks/access-plane", `${stack}.json`);
  }

  /** Whether the stack's state has a resource of this name. */
  records(stack: string, name: string): boolean {
    const file = this.stateFile(stack);
    return fs.existsSync(file) && fs.readFileSync(file, "utf8").includes(`::${name}"`);
  }

  private readState(stack: string): State {
    return JSON.parse(fs.readFileSync(this.stateFile(stack), "utf8")) as State;
  }

  private change(stack: string, to: (latest: State["checkpoint"]["latest"]) => void): void {
    const state = this.readState(stack);
    to(state.checkpoint.latest);
    fs.writeFileSync(this.stateFile(stack), JSON.stringify(state));
  }

  /** Names of the resources that Pulumi refuses to delete. */
  protectedOnes(stack: string): string[] {
    const { resources } = this.readState(stack).checkpoint.latest;
    return resources.filter(({ protect }) => protect === true).map(({ urn }) => nameOf(urn));
  }

  /** Protects a resource in the state, as an update that was killed. */
  protect(stack: string, name: string): void {
    this.change(stack, ({ resources }) => {
      for (const one of resources) if (nameOf(one.urn) === name) one.protect = true;
    });
  }

  /** Adds a pending operation to the state, as if the creation of a resource was cut off. */
  cutOff(stack: string, urn: string): void {
    const type = urn.split("::")[2];
    const resource = { urn, type, custom: true, inputs: {} };
    this.change(stack, (latest) => {
      latest.pending_operations = [{ type: "creating", resource }];
    });
  }

  remove(): void {
    fs.rmSync(this.cwd, { recursive: true, force: true });
  }
}
