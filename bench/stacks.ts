import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { EngineStack } from "../tests/engine/stack";
import { linkedProject } from "../tests/engine/linked-project";
import { seconds } from "./pairs";
import { ROOT } from "./projects";
import { row, type Row } from "./result";

/** Compares the first `up` of several agent stacks by one command with the same stacks one after the other. */

const SIZES = [1, 4, 16];
/** Number of stacks that are deployed one after the other. */
const IN_TURN = 4;

type File = Record<string, unknown> & { config: Record<string, unknown> };

const read = (file: string) => parse(fs.readFileSync(path.join(ROOT, file), "utf8")) as File;

/** Writes the file of a stack with one agent in its own namespace. The cluster roles of its release have that name. */
function writeStack(project: string, name: string): void {
  const sandbox = read("Pulumi.sandbox.yaml");
  const agent = read("examples/remote-agent/Pulumi.remote-agent.yaml");
  const config = {
    ...agent.config,
    "access-plane:kubernetes": { context: "sandbox" },
    "access-plane:chart": { path: path.join(ROOT, "sandbox/charts") },
    "access-plane:namespace": { name },
    "access-plane:agents": {
      [name]: Object.values(agent.config["access-plane:agents"] as object)[0] as object,
    },
  };
  const file = stringify({ encryptionsalt: sandbox["encryptionsalt"], config });
  fs.writeFileSync(path.join(project, `Pulumi.${name}.yaml`), file);
}

export async function stacks(): Promise<Row[]> {
  const project = linkedProject();
  const stack = await EngineStack.start();
  const { env } = stack;
  const up = (group: string, count: number, parallel: number) => {
    for (let index = 0; index < count; index++) {
      const name = `${group}-${index}`;
      writeStack(project, name);
      const init = ["stack", "init", name, "--non-interactive"];
      execFileSync("pulumi", init, { cwd: project, env, stdio: "pipe" });
    }
    const bin = path.join(ROOT, "bin/access-plane");
    const flags = ["--stacks", `${group}-*`, "--parallel", String(parallel), "--yes"];
    const args = [bin, "-C", project, "up", ...flags];
    return seconds({ name: group, command: process.execPath, args, cwd: project, env });
  };
  try {
    // The caches are warm after this.
    await up("warm", 1, 1);
    const inTurn = (await up("turn", IN_TURN, 1)) / IN_TURN;
    const found = [row("up of one agent stack of several in turn", "s", [inTurn])];
    for (const size of SIZES) {
      const took = await up(`of${size}`, size, size);
      found.push(row(`up of ${size} at once`, "s", [took]));
      found.push(row(`${size} at once: speed-up`, "×", [(inTurn * size) / took]));
    }
    return found;
  } finally {
    await stack.stop();
    fs.rmSync(project, { recursive: true });
  }
}
