import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../free-port";

const ROOT = path.resolve(__dirname, "../..");

/** The sandbox's AWS emulator alone, without a cluster. */
export interface AwsEmulator {
  port: number;
  endpoint: string;
  /** Environment variables for clients. */
  env: Record<string, string>;
  stop(): Promise<void>;
}

/** Starts the emulator with more environment variables of its own. */
export async function startAwsEmulator(
  region: string,
  variables: Record<string, string> = {},
): Promise<AwsEmulator> {
  const state = fs.mkdtempSync(path.join(os.tmpdir(), "access-plane-aws-"));
  const tools = (await import(path.join(ROOT, "sandbox/src/setup/tools.ts"))) as {
    toolPath(name: string): string;
  };
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${String(port)}`;
  const args = [path.join(ROOT, "sandbox/aws/server.py"), `--port=${String(port)}`];
  const keys = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
  const emulator = spawn(tools.toolPath("moto-python"), [...args, `--state=${state}`], {
    env: {
      ...{ ...process.env, ...keys, AWS_DEFAULT_REGION: region, MOTO_PORT: String(port) },
      ...variables,
    },
    stdio: "ignore",
  });
  const ready = () =>
    fetch(`${endpoint}/sandbox/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  for (let tries = 0; !(await ready()); tries++) {
    assert.ok(tries < 150, "the emulator does not answer");
    await sleep(200);
  }
  return {
    ...{ port, endpoint },
    env: { ...keys, AWS_REGION: region, AWS_ENDPOINT_URL: endpoint },
    async stop() {
      const ended = new Promise((resolve) => emulator.on("close", resolve));
      emulator.kill();
      await ended;
      fs.rmSync(state, { recursive: true });
    },
  };
}
