/** What the tests of table-driven providers share: plugin processes, servers, a Pulumi project. */
import * as grpc from "@grpc/grpc-js";
import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import rpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { decode, encode, type Props } from "../src/providers/framework.ts";

/* oxlint-disable typescript/no-explicit-any -- the generated stubs have no types here */
type Message = any;

export const providersDir = fileURLToPath(new URL("../src/providers/", import.meta.url));
export const temporary = (): string => mkdtempSync(join(tmpdir(), "access-plane-test-"));

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A process of this test run, ended by `stop`. */
export class Process {
  readonly child: ChildProcess;
  output = "";
  constructor(
    file: string,
    args: string[],
    env: Record<string, string> = {},
    options: Pick<SpawnOptions, "uid" | "gid" | "cwd"> = {},
  ) {
    this.child = spawn(file, args, {
      ...options,
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    }
  }
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    await once(this.child, "exit");
  }
}

/** Waits until `url` answers at all. */
export async function answering(url: string, process: Process): Promise<void> {
  for (let i = 0; i < 150; i++) {
    if (process.child.exitCode !== null) throw new Error(`server ended: ${process.output}`);
    const found = await fetch(url).catch(() => undefined);
    if (found) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${url} did not answer: ${process.output}`);
}

export interface Diff {
  changes: boolean;
  paths: string[];
  replaces: string[];
  deleteBeforeReplace: boolean;
}

/** A plugin process, spoken to as the engine does. */
export class Plugin {
  readonly #process: Process;
  readonly #client: any;
  private constructor(process: Process, client: any) {
    this.#process = process;
    this.#client = client;
  }

  static async start(name: string, config: Record<string, unknown>, env: Record<string, string>) {
    const process = new Process(
      globalThis.process.execPath,
      [join(providersDir, name, "main.ts")],
      env,
    );
    const lines = createInterface({ input: process.child.stdout! });
    const port = String(await Promise.race([once(lines, "line"), once(process.child, "exit")]));
    if (!/^\d+$/.test(port)) throw new Error(`plugin did not start: ${process.output}`);
    const { ResourceProviderClient } = rpc as any;
    const client = new ResourceProviderClient(
      `127.0.0.1:${port}`,
      grpc.credentials.createInsecure(),
    );
    const plugin = new Plugin(process, client);
    const request = new proto.ConfigureRequest();
    const texts = Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    request.setArgs(struct(Object.fromEntries(texts)));
    request.setAcceptsecrets(true);
    try {
      await plugin.#call("configure", request);
    } catch (error) {
      await plugin.stop();
      throw error;
    }
    return plugin;
  }

  #call(method: string, request: Message): Promise<Message> {
    return new Promise((resolve, reject) => {
      this.#client[method](request, (error: Error | null, response: Message) => {
        if (error) reject(error);
        else resolve(response);
      });
    });
  }

  async check(urn: string, news: Props, olds: Props = {}) {
    const request = new proto.CheckRequest();
    request.setUrn(urn);
    request.setNews(struct(news));
    request.setOlds(struct(olds));
    request.setRandomseed(Buffer.from("0123456789abcdef0123456789abcdef", "hex"));
    const answer = await this.#call("check", request);
    const failures: { property: string; reason: string }[] = answer
      .getFailuresList()
      .map((f: Message) => ({ property: f.getProperty(), reason: f.getReason() }));
    return { inputs: props(answer.getInputs()), failures };
  }

  async create(urn: string, inputs: Props, preview = false) {
    const request = new proto.CreateRequest();
    request.setUrn(urn);
    request.setProperties(struct(inputs));
    request.setPreview(preview);
    const answer = await this.#call("create", request);
    return { id: answer.getId() as string, outs: props(answer.getProperties()) };
  }

  async diff(
    urn: string,
    id: string,
    olds: Props,
    news: Props,
    oldInputs: Props = {},
  ): Promise<Diff> {
    const request = new proto.DiffRequest();
    request.setUrn(urn);
    request.setId(id);
    request.setOlds(struct(olds));
    request.setNews(struct(news));
    request.setOldInputs(struct(oldInputs));
    const answer = await this.#call("diff", request);
    return {
      changes: answer.getChanges() === 2,
      paths: answer
        .getDetaileddiffMap()
        .toArray()
        .map(([path]: [string]) => path)
        .sort(),
      replaces: answer.getReplacesList(),
      deleteBeforeReplace: answer.getDeletebeforereplace(),
    };
  }

  async update(urn: string, id: string, olds: Props, news: Props, preview = false): Promise<Props> {
    const request = new proto.UpdateRequest();
    request.setUrn(urn);
    request.setId(id);
    request.setOlds(struct(olds));
    request.setNews(struct(news));
    request.setPreview(preview);
    return props((await this.#call("update", request)).getProperties());
  }

  async read(urn: string, id: string, state: Props = {}, inputs: Props = {}) {
    const request = new proto.ReadRequest();
    request.setUrn(urn);
    request.setId(id);
    request.setProperties(struct(state));
    request.setInputs(struct(inputs));
    const answer = await this.#call("read", request);
    if (!answer.getId()) return undefined;
    return {
      id: answer.getId() as string,
      outs: props(answer.getProperties()),
      inputs: props(answer.getInputs()),
    };
  }

  async delete(urn: string, id: string, state: Props): Promise<void> {
    const request = new proto.DeleteRequest();
    request.setUrn(urn);
    request.setId(id);
    request.setProperties(struct(state));
    await this.#call("delete", request);
  }

  async invoke(token: string, args: Props): Promise<Props> {
    const request = new proto.InvokeRequest();
    request.setTok(token);
    request.setArgs(struct(args));
    return props((await this.#call("invoke", request)).getReturn());
  }

  /** Check and create in one, as an update does. */
  async make(urn: string, news: Props) {
    const { inputs, failures } = await this.check(urn, news);
    if (failures.length > 0) throw new Error(JSON.stringify(failures));
    return { inputs, ...(await this.create(urn, inputs)) };
  }

  async stop(): Promise<void> {
    this.#client.close();
    await this.#process.stop();
  }
}

const struct = (value: Props): Message => structProto.Struct.fromJavaScript(encode(value) as any);
const props = (message: Message): Props => decode(message.toJavaScript()) as Props;

export const urn = (token: string, name: string): string =>
  `urn:pulumi:test::test::${token}::${name}`;
