/** A stand-in plugin whose engine is killed, as the CLI is by SIGKILL. */
import assert from "node:assert/strict";
import * as grpc from "@grpc/grpc-js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import rpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, providersDir } from "./provider-tables-support.ts";

const healthSeconds = 1.5;
const creationSeconds = 1.5;

/** A plugin whose resource is a file that takes a while to be made. */
const plugin = (file: string) => `
import { serve } from ${JSON.stringify(join(providersDir, "framework.ts"))};
import { writeFileSync } from "node:fs";
await serve({
  name: "slow",
  version: "1.0.0",
  diff: () => ({ changes: false }),
  read: () => Promise.resolve(undefined),
  update: ({ news }) => Promise.resolve(news),
  delete: () => Promise.resolve(),
  create: async ({ signal }) => {
    writeFileSync(${JSON.stringify(`${file}.begun`)}, "");
    await new Promise((resolve) => setTimeout(resolve, ${creationSeconds * 1000}));
    writeFileSync(${JSON.stringify(file)}, signal.aborted ? "interrupted" : "whole");
    return { id: "file", outs: {} };
  },
}, ${healthSeconds});
`;

const creation = () => {
  const request = new proto.CreateRequest();
  request.setUrn("urn:pulumi:test::test::slow:index:File::file");
  request.setProperties(structProto.Struct.fromJavaScript({}));
  return request;
};

/** What the engine does: it answers for its health, starts the plugin through pipes, creates when told to. */
const engine = (port: number, main: string) => `
import { spawn } from "node:child_process";
import * as grpc from "@grpc/grpc-js";
const insecure = grpc.credentials.createInsecure();
const server = new grpc.Server();
const pass = (bytes) => bytes;
const method = { path: "/grpc.health.v1.Health/Check", requestStream: false, responseStream: false,
  requestSerialize: pass, requestDeserialize: pass, responseSerialize: pass, responseDeserialize: pass };
server.addService({ check: method }, { check: (call, answer) => answer(null, Buffer.from([8, 1])) });
server.bindAsync("127.0.0.1:${port}", grpc.ServerCredentials.createInsecure(), () => {
  const child = spawn(process.execPath, [${JSON.stringify(main)}, "127.0.0.1:${port}"],
    { stdio: ["pipe", "pipe", "pipe"], detached: true });
  child.stdout.on("data", (text) => {
    console.log(child.pid + " " + String(text).trim());
    const client = new grpc.Client("127.0.0.1:" + String(text).trim(), insecure);
    const request = Buffer.from(${JSON.stringify(Buffer.from(creation().serializeBinary()).toString("base64"))}, "base64");
    process.stdin.once("data", () =>
      client.makeUnaryRequest("/pulumirpc.ResourceProvider/Create", pass, pass, request, (error) => error && console.error(error)));
  });
});
`;

type Call = (request: unknown, done: (error: Error | null) => void) => void;

/** Whether a process still runs; one that only waits for its parent to take note does not. */
function alive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 100, `${what} does not come about`);
    await sleep(50);
  }
}

describe("stand-in plugins of an engine that is killed", function () {
  this.timeout(20_000);
  let folder = "";
  let file = "";
  let cli: ChildProcess;
  let pid = 0;
  let client: grpc.Client;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "provider-lifetime-"));
    file = join(folder, "made");
    const main = join(folder, "main.mjs");
    writeFileSync(main, plugin(file));
    cli = spawn(process.execPath, ["--input-type=module", "-e", engine(await freePort(), main)], {
      stdio: ["pipe", "pipe", "inherit"],
      cwd: providersDir,
    });
    const [line] = (await once(createInterface({ input: cli.stdout! }), "line")) as [string];
    const [own, port] = line.split(" ");
    pid = Number(own);
    const { ResourceProviderClient } = rpc as unknown as {
      ResourceProviderClient: new (address: string, how: grpc.ChannelCredentials) => grpc.Client;
    };
    client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  });
  afterEach(() => {
    client.close();
    cli.kill("SIGKILL");
    if (alive(pid)) process.kill(pid, "SIGKILL");
    rmSync(folder, { recursive: true });
  });

  const call = (method: string, request: unknown) =>
    new Promise<void>((resolve, reject) => {
      const calls = client as unknown as Record<string, Call>;
      calls[method]?.(request, (error) => (error ? reject(error) : resolve()));
    });

  it("stay while the engine answers health checks", async () => {
    await sleep(healthSeconds * 1000 * 2.5);
    assert.ok(alive(pid));
    await call("create", creation());
  });

  it("end when the health check finds that it is gone", async () => {
    cli.kill("SIGKILL");
    await once(cli, "exit");
    await sleep(1000);
    assert.ok(alive(pid), "the plugin died with its engine");
    await until("its end", () => !alive(pid));
  });

  it("finish their operation although no engine waits for the answer", async () => {
    cli.stdin!.write("create\n");
    await until("the creation", () => existsSync(`${file}.begun`));
    cli.kill("SIGKILL");
    await until("the resource", () => existsSync(file) && readFileSync(file, "utf8") !== "");
    assert.equal(readFileSync(file, "utf8"), "whole");
    await until("its end", () => !alive(pid));
  });

  it("interrupt their operation if the engine cancels the deployment", async () => {
    const created = call("create", creation());
    await until("the creation", () => existsSync(`${file}.begun`));
    await call("cancel", new emptyProto.Empty());
    await created;
    assert.equal(readFileSync(file, "utf8"), "interrupted");
  });
});
