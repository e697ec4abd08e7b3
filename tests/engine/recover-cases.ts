import * as assert from "node:assert/strict";
import { EXIT } from "../../operations/base/exit-codes";
import type { Leftovers } from "../../operations/deploy/recover-stack";
import type { StackReport } from "../../operations/cli/stack-report";

/** A resource in an exported state, with the fields that these cases use. */
interface Resource {
  urn: string;
  type: string;
  id?: string;
  dependencies?: string[];
  propertyDependencies?: Record<string, string[]>;
}

/** A stack's state, as the CLI exports it. */
export interface State {
  deployment: {
    resources?: Resource[];
    pending_operations?: { type: string; resource: Resource }[];
  };
}

/** A deployed stack with a load balancer. */
export interface Deployed {
  /** Runs a CLI command on the stack, asserts its exit code, and resolves to its JSON output. */
  expect<T>(code: number, command: string, ...args: string[]): Promise<T>;
  state(): Promise<State>;
  /** Writes this state, as a crash leaves it. */
  crash(state: State): void;
  /** Removes the wildcard's record from DNS without the engine. */
  removeWildcard(): Promise<void>;
}

const nameOf = ({ urn }: { urn: string }) => urn.split("::").slice(3).join("::");

/** A type that the program does not look for. */
const UNKNOWN = "aws:sqs/queue:Queue";

/** The state after a crash during the creation of all AWS resources. */
function crashed(state: State): { cut: Resource[]; left: State } {
  const { resources = [] } = state.deployment;
  const cut = resources.filter(({ type }) => type.startsWith("aws:"));
  const unknown = {
    ...(cut[0] ?? { urn: "" }),
    type: UNKNOWN,
    urn: (cut[0]?.urn ?? "").replace(/aws:[\w/:]+::.*/, `${UNKNOWN}::jobs`),
  };
  const pending = [...cut, unknown].map((resource) => {
    // What the engine saves before it asks a provider to create a resource.
    const known: Partial<Resource> & { outputs?: object } = { ...resource };
    delete known.id;
    delete known.outputs;
    return { type: "creating", resource: known as Resource };
  });
  const gone = new Set(cut.map(({ urn }) => urn));
  const there = (urns: string[] = []) => urns.filter((urn) => !gone.has(urn));
  const deployment = {
    ...state.deployment,
    resources: resources
      .filter((resource) => !cut.includes(resource))
      .map(({ dependencies, propertyDependencies = {}, ...resource }) => ({
        ...resource,
        dependencies: there(dependencies),
        propertyDependencies: Object.fromEntries(
          Object.entries(propertyDependencies).map(([key, urns]) => [key, there(urns)]),
        ),
      })),
    pending_operations: pending,
  };
  return { cut, left: { ...state, deployment } };
}

/** Tests `recover` after a crash during the creation of AWS resources. */
export function recoverCases(deployed: Deployed): void {
  let cut: Resource[];
  let found: Leftovers;
  const urn = (name: string) => found.pending.find((one) => nameOf(one) === name)?.urn ?? "";

  it("finds after a crash which resources AWS has created", async () => {
    const crash = crashed(await deployed.state());
    cut = crash.cut;
    deployed.crash(crash.left);
    await deployed.removeWildcard();
    found = await deployed.expect(EXIT.OK, "recover");
    const ids = new Map(cut.map(({ urn: key, id }) => [key, id]));
    for (const { urn: key, action, id } of found.pending.filter((one) => one.id !== undefined)) {
      assert.deepEqual([action, id], ["import", ids.get(key)], key);
    }
    const actions = (wanted: string) =>
      found.pending
        .filter(({ action }) => action === wanted)
        .map(nameOf)
        .filter((name) => !name.startsWith("load-balancer-i-"))
        .sort();
    assert.deepEqual(actions("forget"), ["dns-wildcard"]);
    assert.deepEqual(actions("decide"), ["jobs"]);
    assert.equal(actions("import").length, found.pending.length - 4);
  });

  it("stops until a person decides, and applies the decision", async () => {
    const { error } = await deployed.expect<{ error: { message: string } }>(
      ...[EXIT.RECOVERY, "recover", "--yes"],
    );
    assert.match(error.message, /Queue jobs.*nothing here can look for a aws:sqs\/queue:Queue/);
    const { resources = [] } = (await deployed.state()).deployment;
    assert.ok(!resources.some(({ type }) => type.startsWith("aws:")), "something was imported");

    const listener = cut.find(({ type }) => type === "aws:lb/listener:Listener");
    const made = `${listener?.urn ?? ""}=${listener?.id ?? ""}`;
    const done = await deployed.expect<Leftovers>(
      ...[EXIT.OK, "recover", "--yes"],
      ...["--not-made", urn("jobs"), "--made", made],
    );
    assert.ok(done.backup !== undefined);
    const { deployment } = await deployed.state();
    assert.deepEqual(deployment.pending_operations ?? [], []);
    const ids = new Map(deployment.resources?.map(({ urn: key, id }) => [key, id]));
    const absent = cut.filter(({ urn: key, id }) => ids.get(key) !== id).map(nameOf);
    assert.deepEqual(
      absent.filter((name) => !name.startsWith("load-balancer-i-")),
      ["dns-wildcard"],
    );
  });

  it("leaves to the next update only the resources that were not created", async () => {
    const { stacks } = await deployed.expect<{ stacks: StackReport[] }>(EXIT.OK, "preview");
    const steps = stacks[0]?.steps ?? [];
    assert.deepEqual(
      steps.map(({ kind, name }) => `${kind} ${name.replace(/-i-.*/, "-i")}`).sort(),
      ["create dns-wildcard", "create load-balancer-i", "create load-balancer-i"],
    );
  });
}
