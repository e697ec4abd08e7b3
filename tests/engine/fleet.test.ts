import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import { parse, parseAllDocuments } from "yaml";
import type { StackResource } from "../../operations/fleet/stack-resources";
import { catalogueStack } from "./catalogue-stack";
import { Checkout } from "./checkout";
import { ended } from "./ended";
import { objects } from "./read-back";
import { EngineStack } from "./stack";
import { StackController } from "./stack-controller";

const ROOT = path.resolve(__dirname, "../..");
const NAMESPACE = "pulumi-access-plane";
/** The operator's definition of Stack; `STACKS_CRD` names another file. */
const DEFINITION = process.env["STACKS_CRD"] ?? "../shared/fleet/pulumi.com_stacks.yaml";
const [PLANE, APPS] = ["access-plane-sandbox", "access-plane-apps"];

/** Environment variables of a run: keys of the Secret that the objects refer to. */
const VARIABLES = ["KUBECONFIG", "VAULT_ADDR", "VAULT_TOKEN", "PULUMI_CONFIG_PASSPHRASE"];

/**
 * Deploys a plane, and a catalogue of apps that depends on it, from a Git repository, as the Pulumi
 * Kubernetes Operator does with the objects that `access-plane fleet` writes.
 */
describe("a fleet on the sandbox", function () {
  let stack: EngineStack;
  let repository: Checkout;
  let controller: StackController;
  let written: StackResource[];

  before(async function () {
    if (!fs.existsSync(DEFINITION)) {
      process.stderr.write(
        `No definition of Stack at ${DEFINITION}: set STACKS_CRD to the operator's ` +
          "deploy/crds/pulumi.com_stacks.yaml.\n",
      );
      this.skip();
    }
    stack = await EngineStack.start();
    repository = new Checkout(stack.env);
    repository.change("fleet", "sandbox", (config) => {
      delete config["access-plane:loadBalancer"];
      delete config["access-plane:aws"];
    });
    repository.write("Pulumi.apps.yaml", catalogueStack(repository.read("Pulumi.sandbox.yaml")));
    repository.change("apps", "apps", () => undefined);
    const init = ["stack", "init", "apps", "--non-interactive"];
    const made = await ended(spawn("pulumi", init, { cwd: repository.cwd, env: stack.env }));
    assert.equal(made.code, 0, made.output);
    const backend = stack.env["PULUMI_BACKEND_URL"] ?? "";
    const { stdout } = await repository.run(0, [
      ...["fleet", "--stacks", "apps,sandbox"],
      ...["--repo", `file://${repository.cwd}`, "--branch", "apps", "--backend", backend],
      ...["--namespace", NAMESPACE, "--env-secret", `deployer:${VARIABLES.join(",")}`],
    ]);
    written = parseAllDocuments(stdout).map((document) => document.toJS() as StackResource);
    await prepareCluster();
    const image = { PATH: stack.env["PATH"] ?? "", PULUMI_HOME: stack.env["PULUMI_HOME"] ?? "" };
    controller = new StackController(stack, NAMESPACE, image, (folder) => {
      fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
    });
  });
  after(async () => {
    // Nothing was started if the suite is skipped.
    (repository as Checkout | undefined)?.remove();
    await (stack as EngineStack | undefined)?.stop();
  });

  /** Creates the definition of Stack, the namespace, and the Secret that the objects refer to. */
  async function prepareCluster(): Promise<void> {
    const definition = parse(fs.readFileSync(DEFINITION, "utf8")) as k8s.V1CustomResourceDefinition;
    const definitions = stack.kube(k8s.ApiextensionsV1Api);
    // The typed client would drop what it does not know, such as preserved unknown fields.
    const kind = { group: "apiextensions.k8s.io", version: "v1" };
    await stack.kube(k8s.CustomObjectsApi).createClusterCustomObject({
      ...kind,
      plural: "customresourcedefinitions",
      body: definition,
    });
    const core = stack.kube(k8s.CoreV1Api);
    await core.createNamespace({ body: { metadata: { name: NAMESPACE } } });
    const stringData = Object.fromEntries(VARIABLES.map((name) => [name, stack.env[name] ?? ""]));
    const body = { metadata: { name: "deployer" }, stringData };
    await core.createNamespacedSecret({ namespace: NAMESPACE, body });
    const name = definition.metadata?.name ?? "";
    for (;;) {
      const { status } = await definitions.readCustomResourceDefinition({ name });
      const conditions = status?.conditions ?? [];
      if (conditions.some((one) => one.type === "Established" && one.status === "True")) return;
      await sleep(200);
    }
  }

  it("is accepted by the API server without an unknown field", async () => {
    assert.deepEqual(
      written.map(({ metadata }) => metadata.name),
      [APPS, PLANE],
    );
    for (const object of written) {
      const { spec } = await controller.create(object);
      assert.deepEqual(spec, object.spec, "nothing is pruned");
    }
    const [first] = written;
    const wrong = {
      ...first,
      metadata: { name: "wrong", namespace: NAMESPACE },
      spec: { ...first?.spec, branche: "main" },
    };
    await assert.rejects(controller.create(wrong), /unknown field .*spec\.branche/);
  });

  it("deploys the plane first, in a fresh folder with only its environment", async () => {
    const attempts = await controller.reconcile([APPS, PLANE]);
    const told = attempts.map(({ output }) => output).join("\n");
    assert.deepEqual(
      attempts.map(({ name, waitsFor }) => [name, ...waitsFor]),
      [[APPS, PLANE], [PLANE], [APPS]],
    );
    assert.equal(await controller.state(PLANE), "succeeded", told.slice(-4000));
    assert.equal(await controller.state(APPS), "succeeded", told.slice(-4000));
    assert.deepEqual([...(await objects(stack, "teleportappsv3")).keys()], ["forum"]);
    const [token = "none"] = [stack.env["VAULT_TOKEN"]];
    assert.ok(!told.includes(token), "no credential is printed");
  });

  it("changes nothing from another clone of the same commit", async () => {
    for (const { output } of await controller.reconcile([PLANE, APPS])) {
      assert.match(output, /Resources:\n +\d+ unchanged/, output.slice(-4000));
      assert.doesNotMatch(output, /\d+ (created|updated|deleted|replaced)/);
    }
  });
});
