import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { LoadBalancer } from "@aws-sdk/client-elastic-load-balancing-v2";
import * as k8s from "@kubernetes/client-node";
import type { Adoption } from "../../operations/adopt/adopt";
import { EXIT } from "../../operations/base/exit-codes";
import type { PlannedResource } from "../../operations/plan/plan-stack";
import type { CheckResult } from "../../operations/verify/check";
import { ended } from "./ended";
import { linkedProject } from "./linked-project";
import { awsOf, changeNames, installLoadBalancer, type Aws } from "./plain-load-balancer";
import { create, defineKind, helm, installArgo, installPlane, removeArgo } from "./plain-plane";
import { recoverCases, type State } from "./recover-cases";
import { EngineStack } from "./stack";
import { shortType } from "../../operations/base/urn";
import type { StackReport } from "../../operations/cli/stack-report";

const ROOT = path.resolve(__dirname, "../..");
const NAMESPACE = "teleport";
const CLUSTER = "lumie-infra.com";
const NAMES = [CLUSTER, `*.${CLUSTER}`];
const NODE_PORT = 30444;

/** Adopts a plane that Helm, Argo CD, kubectl and the AWS API created. */
describe("adopting a plane on the sandbox", () => {
  const project = linkedProject();
  const config = new k8s.KubeConfig();
  let stack: EngineStack;
  let aws: Aws;
  let balancer: LoadBalancer | undefined;
  let plan: PlannedResource[];
  let adoption: Adoption;
  let untouched: Awaited<ReturnType<typeof workloads>>;

  before(async () => {
    stack = await EngineStack.start();
    config.loadFromFile(stack.env["KUBECONFIG"] ?? "");
    // Comes first, because the garbage collector discovers new kinds only now and then.
    await installArgo(config, "platform", [
      { kind: "Namespace", name: NAMESPACE },
      { kind: "StatefulSet", name: "teleport-agent", namespace: NAMESPACE },
    ]);
    aws = awsOf(stack.env);
    [plan, balancer] = await Promise.all([
      installPlane(stack, config, NODE_PORT),
      installLoadBalancer(aws, "by-hand", NODE_PORT),
      installLoadBalancer(aws, "by-hand-old", NODE_PORT),
    ]);
    await changeNames(aws, "CREATE", NAMES, balancer);
    const group = "resources.teleport.dev";
    const metadata = { name: "app-reader", namespace: NAMESPACE };
    const spec = { allow: { app_labels: { "*": ["*"] } } };
    const role = { apiVersion: `${group}/v1`, kind: "TeleportRoleV7", metadata, spec };
    await create(config, role);
    await defineKind(config, group, "v9", "TeleportThing");
    await create(config, { apiVersion: `${group}/v9`, kind: "TeleportThing", metadata });
  });
  after(async () => {
    fs.rmSync(project, { recursive: true, force: true });
    await stack.stop();
  });

  const execute = (file: string, ...args: string[]) =>
    ended(spawn(file, args, { cwd: project, env: stack.env }));
  const cli = (...args: string[]) =>
    execute(process.execPath, path.join(ROOT, "bin/access-plane"), "-C", project, ...args);
  /** Runs a CLI command, asserts its exit code, and resolves to its JSON output. */
  const expect = async <T>(code: number, command: string, ...args: string[]): Promise<T> => {
    const run = await cli(command, "--json", ...args);
    assert.equal(run.code, code, `${command} ${args.join(" ")}\n${run.stdout}\n${run.stderr}`);
    return JSON.parse(run.stdout) as T;
  };
  const pulumi = async (...args: string[]) => {
    const run = await execute("pulumi", ...args, "--stack", "taken", "--non-interactive");
    assert.equal(run.code, 0, run.stderr);
    return run.stdout;
  };
  const state = async () => JSON.parse(await pulumi("stack", "export")) as State;
  const putState = async (content: State) => {
    const file = path.join(project, "state.json");
    fs.writeFileSync(file, JSON.stringify(content));
    await pulumi("stack", "import", "--file", file);
  };
  /** Writes the state as a crash leaves it. `pulumi stack import` would drop pending operations. */
  const crash = ({ deployment }: State) => {
    const backend = new URL(stack.env["PULUMI_BACKEND_URL"] ?? "").pathname;
    const file = path.join(backend, ".pulumi/stacks/access-plane/taken.json");
    const stored = JSON.parse(fs.readFileSync(file, "utf8")) as { checkpoint: object };
    const checkpoint = { ...stored.checkpoint, latest: deployment };
    fs.writeFileSync(file, JSON.stringify({ ...stored, checkpoint }));
  };

  const settingsFile = path.join(project, "Pulumi.taken.yaml");
  const writeSettings = async () => {
    const region = stack.env["AWS_REGION"] ?? "";
    const run = await cli("adopt", "--stack", "taken", "--write-settings", "--region", region);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(fs.statSync(settingsFile).mode & 0o777, 0o600);
    const text = fs.readFileSync(settingsFile, "utf8");
    fs.writeFileSync(
      settingsFile,
      text.replace(/^( *)version: .*\d+\.\d+\.\d+.*$/m, "$1path: sandbox/charts"),
    );
    return { text, said: run.stdout };
  };
  /** What a restart or a replacement would change. */
  const workloads = async () => {
    const apps = config.makeApiClient(k8s.AppsV1Api);
    const core = config.makeApiClient(k8s.CoreV1Api);
    const where = { namespace: NAMESPACE };
    const [deployments, sets, pods, services] = await Promise.all([
      apps.listNamespacedDeployment(where),
      apps.listNamespacedStatefulSet(where),
      core.listNamespacedPod(where),
      core.listNamespacedService(where),
    ]);
    const all = [...deployments.items, ...sets.items];
    return {
      workloads: all.map(({ metadata, spec }) => [
        ...[metadata?.name, metadata?.uid, metadata?.generation],
        spec?.template,
      ]),
      pods: pods.items.map(({ metadata }) => metadata?.uid).sort(),
      ports: services.items.map(({ spec }) => spec?.ports),
    };
  };
  /** What each command reports when it refuses to change another owner's objects. */
  const refusals = async (name: string) => {
    const [verify, up, adopt] = await Promise.all([
      expect<{ results: CheckResult[] }>(
        ...[EXIT.VERIFY, "verify", "--stack", name],
        ...["--before", "--only", "owner,kubernetes.reachable"],
      ),
      expect<{ stacks: StackReport[] }>(EXIT.PREFLIGHT, "up", "--stack", name, "--yes"),
      expect<{ error: { message: string } }>(EXIT.PREFLIGHT, "adopt", "--stack", name, "--yes"),
    ]);
    const failed = verify.results.filter((result) => result.state === "failed");
    return {
      verify: failed.map(({ id, seen }) => `${id}: ${seen}`).join("\n"),
      up: up.stacks[0]?.error ?? "",
      adopt: adopt.error.message,
    };
  };

  it("changes no object of an Argo CD Application, and explains how to end its management", async () => {
    const { said } = await writeSettings();
    assert.match(said, /Application argocd\/platform still manages 2 objects/);
    // Uses a separate stack, because the settings are not final yet.
    fs.copyFileSync(settingsFile, path.join(project, "Pulumi.early.yaml"));
    await expect(EXIT.OK, "init", "--stack", "early");
    const owner = await refusals("early");
    assert.match(owner.verify, /^owner\.argocd: Application argocd\/platform owns Namespace/);
    assert.match(owner.up, /owner\.argocd: Application argocd\/platform owns Namespace/);
    assert.match(owner.adopt, /delete applications\.argoproj\.io platform --cascade=orphan/);
    for (const name of ["taken", "early"]) fs.rmSync(path.join(project, `Pulumi.${name}.yaml`));
    await removeArgo(config, "platform");
  });

  it("keeps every pod when Helm takes over objects that Argo CD rendered", async () => {
    untouched = await workloads();
    const agent = plan.find(
      ({ type, name }) => shortType(type) === "Release" && name === "teleport-agent",
    );
    assert.ok(agent !== undefined);
    helm(["upgrade", "--install", "--take-ownership"], agent, stack.env);
    assert.deepEqual(await workloads(), untouched);
  });

  it("writes the settings of the existing plane", async () => {
    const { text, said } = await writeSettings();
    assert.doesNotMatch(`${text}${said}`, /FILL-IN/);
    assert.match(text, /nodePort: 30444/);
    assert.match(text, /targetGroup: by-hand-30444\n/);
    // The security group also admits ::/0, which has no effect on an IPv4 load balancer.
    assert.match(text, /allowedCidrs:\n +- 0\.0\.0\.0\/0\n +\w/);
    assert.match(text, /app-reader:\n +version: v7/);
  });

  it("finds and imports existing resources, without a replacement in the preview", async () => {
    adoption = await expect(EXIT.OK, "adopt", "--stack", "taken", "--yes");
    const types = ({ type }: { type: string }) => shortType(type);
    const count = (type: string) => adoption.found.filter((one) => types(one) === type).length;
    for (const type of ["Namespace", "Certificate", "VaultAuth", "TeleportProvisionToken"]) {
      assert.equal(count(type), 1, type);
    }
    // Under the names that VaultAuth uses, not the stack's: Vault cannot rename them.
    const inVault = adoption.found.filter(({ type }) => type.startsWith("vault:"));
    assert.deepEqual(
      inVault.map(({ id }) => id),
      ["teleport-sandbox", "auth/kubernetes/role/teleport-sandbox"],
    );
    for (const type of ["LoadBalancer", "TargetGroup", "Listener", "SecurityGroup"]) {
      assert.equal(count(type), 1, type);
    }
    assert.equal(count("SecurityGroupIngressRule"), 2);
    assert.deepEqual(
      ["SecurityGroupEgressRule", "Record", "Release", "TeleportRoleV7", "NetworkPolicy"].map(
        count,
      ),
      [1, 2, 2, 2, 4],
    );
    assert.deepEqual([...new Set(adoption.missing.map(types))].sort(), [
      "ServicePatch",
      "TargetGroupAttachment",
    ]);
    assert.deepEqual(adoption.unmanaged, ["TeleportThing app-reader"]);
    assert.doesNotMatch(adoption.report, /\d+ (replaced|deleted)/);
    assert.ok(adoption.imported);
    assert.deepEqual(await workloads(), untouched);
  });

  it("restores the state from before the import", async () => {
    const imported = await state();
    await pulumi("stack", "import", "--file", adoption.backup ?? "");
    assert.deepEqual((await state()).deployment.resources ?? [], []);
    assert.deepEqual(await workloads(), untouched);
    await putState(imported);
  });

  it("makes exactly the announced changes in the first update, and restarts nothing", async () => {
    const { stacks } = await expect<{ stacks: StackReport[] }>(
      ...[EXIT.OK, "up", "--stack", "taken", "--yes"],
    );
    // Components and the provider of stack references exist only in the state.
    const inState = ({ type }: { type: string }) => /^(access-plane|pulumi):/.test(type);
    const steps = (stacks[0]?.steps ?? []).filter((step) => !inState(step));
    assert.deepEqual([...new Set(steps.map(({ kind }) => kind))].sort(), ["create", "update"]);
    for (const { type, name } of steps) {
      assert.ok(adoption.report.includes(shortType(type)), `${type} ${name} was not shown`);
    }
    assert.deepEqual(
      steps
        .filter(({ kind }) => kind === "create")
        .map(({ type }) => shortType(type))
        .sort(),
      ["ServicePatch", "TargetGroupAttachment", "TargetGroupAttachment"],
    );
    assert.deepEqual(await workloads(), untouched);
    await expect(EXIT.OK, "preview", "--stack", "taken", "--expect-no-changes");
  });

  it("changes no object of another stack", async () => {
    fs.copyFileSync(settingsFile, path.join(project, "Pulumi.other.yaml"));
    await expect(EXIT.OK, "init", "--stack", "other");
    const owner = await refusals("other");
    assert.match(owner.verify, /^owner\.stack: .*Certificate teleport-tls is not in this stack's/m);
    assert.match(owner.up, /owner\.stack: .*load balancer by-hand is not in this stack's state/);
    assert.match(owner.adopt, /Stack taken has \d+ of them \(/);
  });

  it("changes no object of another Helm release", async () => {
    const objects = k8s.KubernetesObjectApi.makeApiClient(config);
    const marked = (release: string | null) => ({
      apiVersion: "secrets.hashicorp.com/v1beta1",
      kind: "VaultAuth",
      metadata: {
        ...{ name: "teleport", namespace: NAMESPACE },
        annotations: { "meta.helm.sh/release-name": release },
      },
    });
    const mark = (release: string | null) =>
      objects.patch(
        marked(release) as k8s.KubernetesObject,
        ...[undefined, undefined, undefined, undefined],
        k8s.PatchStrategy.MergePatch,
      );
    await mark("umbrella");
    const owner = await refusals("other");
    for (const said of Object.values(owner)) {
      assert.match(said, /VaultAuth teleport belongs to Helm release umbrella/);
    }
    await mark(null);
  });

  recoverCases({
    expect: (code, command, ...args) => expect(code, command, "--stack", "taken", ...args),
    state,
    crash,
    removeWildcard: () => changeNames(aws, "DELETE", NAMES.slice(1), balancer),
  });
});
