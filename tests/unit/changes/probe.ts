import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";

// Runs in a copy of the program with every fixture, and prints the effect of each.

/** What {@link probe} prints. */
export interface Probed {
  plan: { type: string; name: string; inputs: Record<string, unknown> }[];
  help: string;
  checks: string[];
}

async function probe(root: string, mark: string): Promise<void> {
  const file = path.join(root, "Pulumi.prod.yaml");
  const stack = parse(fs.readFileSync(file, "utf8")) as {
    config: Record<string, Record<string, unknown>>;
  };
  const section = (name: string) => (stack.config[`access-plane:${name}`] ??= {});
  const [agent] = Object.values(section("agents")) as { apps: Record<string, unknown>[] }[];
  Object.assign(agent?.apps[0] ?? {}, { [mark]: mark });
  Object.assign(section("loadBalancer"), { [mark]: mark });
  Object.assign(section("resources"), { gadgets: { one: { spec: { [mark]: mark } } } });
  const { path: from } = section("database")["credentials"] as { path: string };
  Object.assign(section("database"), { credentials: { source: mark, path: from } });
  fs.writeFileSync(file, stringify(stack));

  const load = <Module>(name: string) => import(path.join(root, name)) as Promise<Module>;
  const { planStack } = await load<typeof import("../../../operations/plan/plan-stack")>(
    "operations/plan/plan-stack",
  );
  const { buildProgram } =
    await load<typeof import("../../../operations/cli/main")>("operations/cli/main");
  const { CHECKS } = await load<typeof import("../../../operations/verify/catalogue")>(
    "operations/verify/catalogue",
  );
  const stream = { write: () => true };
  const context = { cwd: root, env: {}, stdout: stream, stderr: stream };
  const program = await buildProgram(context as never);
  const probed: Probed = {
    plan: await planStack("prod", { cwd: root }),
    help: program.helpInformation(),
    checks: CHECKS.map(({ id }) => id),
  };
  process.stdout.write(JSON.stringify(probed));
}

const [root, mark] = process.argv.slice(2);
if (root !== undefined && mark !== undefined) void probe(root, mark);
