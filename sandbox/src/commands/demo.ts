import { delimiter } from "node:path";
import { formatStatus, start, status, stop, variables } from "../run/index.ts";
import { setup, type SetupOptions } from "../setup/index.ts";
import { duration } from "../setup/plan.ts";
import { clearDeadLock, Stack } from "./stack.ts";
import { inTerminal, say, table } from "./shell.ts";
import { describeDeployment } from "./deployed-objects.ts";

const stackName = "sandbox";

/** Starts the sandbox and reports the progress of each part. */
export async function startSandbox() {
  say("\nStarting the sandbox:");
  return start({
    onEvent: ({ name, state, seconds, message }) => {
      if (state === "kept") return;
      const after = state === "starting" ? "" : ` after ${duration(seconds)}`;
      say(`  ${name}: ${state}${after}${message === undefined ? "" : ` (${message})`}`);
    },
  });
}

/** The variables that `source .sandbox/env` sets. */
function environmentOf(sandbox: Awaited<ReturnType<typeof start>>): NodeJS.ProcessEnv {
  const path = [sandbox.layout.bin, process.env["PATH"] ?? ""].join(delimiter);
  return { ...process.env, ...variables(sandbox), PATH: path };
}

/** Sets up everything, up to a deployed access plane. A second run changes nothing. */
export async function demo(options: SetupOptions): Promise<number> {
  const began = Date.now();
  say("The plan: every resource of the stack, in order, from the program itself.\n");
  const planned = await inTerminal(process.execPath, [
    "bin/access-plane",
    "plan",
    "--stack",
    stackName,
  ]);
  if (planned !== 0) return planned;

  say("");
  const sources = await setup(options);
  const sandbox = await startSandbox();

  const stack = new Stack(stackName, environmentOf(sandbox), sources);
  clearDeadLock(stackName);
  if ((await stack.select()) !== 0) return 1;
  say("\nDeploying the stack:");
  const code = await stack.run("up", "--yes", "--skip-preview", "--suppress-outputs");
  if (code !== 0) {
    say(
      "\nThe deployment stopped; see the error above. Nothing is lost: correct the cause and run " +
        '"make demo" again, it goes on where it stopped. Logs of the sandbox: .sandbox/logs/',
    );
    return code;
  }
  const changes = await stack.lastChanges();

  say("\nWhat stands:\n");
  say(formatStatus(status()));
  say(`\n${await describeDeployment(await stack.outputs(), sandbox.layout.kubeconfig)}`);
  say(
    `\n${changes === 0 ? "No changes: everything was deployed already." : `${changes} resources changed.`}` +
      ` ${duration((Date.now() - began) / 1000)} in all.`,
  );
  say("\nNext:");
  say(
    table([
      ["  source .sandbox/env", "pulumi, kubectl and vault now mean this sandbox"],
      [
        `  pulumi preview ${stack.flagsForPeople}--stack ${stackName}`,
        "what the next deployment would change",
      ],
      ["  kubectl get svc teleport -n teleport", "the Service with its node port"],
      [`  edit Pulumi.${stackName}.yaml, make demo`, "deploy your change"],
      ["  make plan STACK=prod", "the reference deployment, without credentials"],
      ["  make demo-down", "destroy the stack and stop the sandbox"],
    ]),
  );
  return 0;
}

/** Destroys the stack, then stops what was started. */
export async function demoDown(): Promise<number> {
  if (Stack.deployed(stackName)) {
    const sandbox = await startSandbox();
    const stack = new Stack(stackName, environmentOf(sandbox));
    clearDeadLock(stackName);
    say(
      "\nLifting the load balancer's protection from deletion, by loadBalancer.deletionProtection:",
    );
    const lifted = await stack.unprotect();
    if (lifted === 0) say("\nDestroying the stack:");
    // Unlike `pulumi destroy`, this refuses to destroy a plane that other stacks belong to.
    const destroyed =
      lifted === 0 ? await stack.accessPlane("destroy", "--yes", "--allow", "all") : lifted;
    if (destroyed !== 0) {
      say(
        '\nThe stack was not destroyed; see the error above. The sandbox still runs ("make stop").',
      );
      return destroyed;
    }
  } else {
    say("Nothing is deployed.");
  }
  const stopped = await stop();
  say(stopped.length === 0 ? "Nothing was running." : `Stopped: ${stopped.join(", ")}.`);
  return 0;
}
