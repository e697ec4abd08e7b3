import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as k8s from "@kubernetes/client-node";
import type { StackResource } from "../../operations/fleet/stack-resources";
import { ended } from "./ended";
import type { EngineStack } from "./stack";

const KIND = { group: "pulumi.com", version: "v1", plural: "stacks" };

/** A `Stack` as the API server returns it. */
interface StoredStack extends StackResource {
  metadata: StackResource["metadata"] & { generation: number };
  spec: {
    stack: string;
    projectRepo: string;
    branch: string;
    repoDir?: string;
    backend: string;
    shallow?: boolean;
    useLocalStackOnly?: boolean;
    envRefs: Record<string, { secret: { name: string; key: string } }>;
    prerequisites?: { name: string }[];
  };
  status?: { observedGeneration: number; lastUpdate: { state: string; message?: string } };
}

/** One attempt to reconcile an object. */
export interface Attempt {
  name: string;
  /** Prerequisites that have not succeeded, so that nothing was run. */
  waitsFor: string[];
  /** Output of the CLI. */
  output: string;
}

/**
 * Plays the Pulumi Kubernetes Operator (version 2), without its pods: waits for prerequisites, clones,
 * and runs the CLI in a fresh folder with only the environment of the Stack object.
 */
export class StackController {
  private readonly custom: k8s.CustomObjectsApi;
  private readonly core: k8s.CoreV1Api;

  constructor(
    stack: EngineStack,
    private readonly namespace: string,
    /** What the image of a workspace provides: CLI, Git, Node, plugins. */
    private readonly image: { PATH: string; PULUMI_HOME: string },
    /** Stands for `pulumi install` in a clone. */
    private readonly install: (folder: string) => void,
  ) {
    this.custom = stack.kube(k8s.CustomObjectsApi);
    this.core = stack.kube(k8s.CoreV1Api);
  }

  /** Creates an object. Throws if its definition does not have one of the fields. */
  async create(body: object): Promise<StoredStack> {
    const request = { ...KIND, namespace: this.namespace, body, fieldValidation: "Strict" };
    return (await this.custom.createNamespacedCustomObject(request)) as StoredStack;
  }

  private async read(name: string): Promise<StoredStack> {
    const request = { ...KIND, namespace: this.namespace, name };
    return (await this.custom.getNamespacedCustomObject(request)) as StoredStack;
  }

  async state(name: string): Promise<string | undefined> {
    return (await this.read(name)).status?.lastUpdate.state;
  }

  /** Attempts objects in turn, and repeats those that wait, until each has run. */
  async reconcile(names: readonly string[]): Promise<Attempt[]> {
    const attempts: Attempt[] = [];
    for (let open = [...names]; open.length > 0;) {
      const waiting: string[] = [];
      for (const name of open) {
        const attempt = await this.attempt(await this.read(name));
        attempts.push(attempt);
        if (attempt.waitsFor.length > 0) waiting.push(name);
      }
      if (waiting.length === open.length)
        throw new Error(`${waiting.join(", ")} wait for prerequisites that never succeed`);
      open = waiting;
    }
    return attempts;
  }

  private async attempt(stack: StoredStack): Promise<Attempt> {
    const { name } = stack.metadata;
    const waitsFor: string[] = [];
    for (const { name: other } of stack.spec.prerequisites ?? []) {
      const { metadata, status } = await this.read(other);
      const current = status?.observedGeneration === metadata.generation;
      if (!current || status.lastUpdate.state !== "succeeded") waitsFor.push(other);
    }
    if (waitsFor.length > 0) return { name, waitsFor, output: "" };
    const { code, output } = await this.run(stack);
    await this.custom.replaceNamespacedCustomObjectStatus({
      ...{ ...KIND, namespace: this.namespace, name },
      body: {
        ...(await this.read(name)),
        status: {
          observedGeneration: stack.metadata.generation,
          lastUpdate: { state: code === 0 ? "succeeded" : "failed", message: output.slice(-2000) },
        },
      },
    });
    return { name, waitsFor, output };
  }

  private async environment(stack: StoredStack, home: string): Promise<NodeJS.ProcessEnv> {
    const env: NodeJS.ProcessEnv = { ...this.image, HOME: home, NO_COLOR: "1" };
    env["PULUMI_BACKEND_URL"] = stack.spec.backend;
    for (const [variable, { secret }] of Object.entries(stack.spec.envRefs)) {
      const { namespace } = this;
      const { data } = await this.core.readNamespacedSecret({ name: secret.name, namespace });
      const value = data?.[secret.key];
      if (value === undefined) throw new Error(`Secret ${secret.name} has no ${secret.key}`);
      env[variable] = Buffer.from(value, "base64").toString();
    }
    return env;
  }

  /** Clones the repository, and updates the stack. */
  private async run(stack: StoredStack): Promise<{ code: number | null; output: string }> {
    const workspace = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-workspace-"));
    const { spec } = stack;
    try {
      const env = await this.environment(stack, workspace);
      const source = path.join(workspace, "source");
      const depth = spec.shallow === true ? ["--depth", "1"] : [];
      const clone = ["clone", "--quiet", "--branch", spec.branch, ...depth];
      execFileSync("git", [...clone, spec.projectRepo, source], { env, stdio: "pipe" });
      this.install(source);
      const cwd = path.join(source, spec.repoDir ?? ".");
      const create = spec.useLocalStackOnly === true ? [] : ["--create"];
      const steps = [
        ["stack", "select", spec.stack, ...create, "--non-interactive"],
        ["up", "--stack", spec.stack, "--yes", "--skip-preview", "--non-interactive"],
      ];
      let output = "";
      for (const args of steps) {
        const step = await ended(spawn("pulumi", args, { cwd, env }));
        output += step.output;
        if (step.code !== 0) return { code: step.code, output };
      }
      return { code: 0, output };
    } finally {
      fs.rmSync(workspace, { recursive: true, force: true });
    }
  }
}
