/** Drives a stand-in provider the way the engine does: as a process, over gRPC. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as grpc from "@grpc/grpc-js";
import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import rpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import statusProto from "@pulumi/pulumi/proto/status_pb.js";
import { decode, encode, type Props } from "../src/providers/framework.ts";
import { ApiClient } from "../src/providers/kubernetes/client.ts";
import { Objects } from "../src/providers/kubernetes/discovery.ts";
import { readSettings } from "../src/providers/kubernetes/settings.ts";

/* eslint-disable @typescript-eslint/no-explicit-any --
   the generated stubs have no types for ESM callers */

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const write = (props: Props): any => structProto.Struct.fromJavaScript(encode(props) as any);
const read = (struct: any): Props => (struct ? (decode(struct.toJavaScript()) as Props) : {});

/** The running sandbox: what it exports, and access to its API server. */
export interface Sandbox {
  environment: NodeJS.ProcessEnv;
  kubeconfig: string;
  objects: Objects;
}

/** The sandbox of this checkout; undefined when it is not up. */
export async function runningSandbox(): Promise<Sandbox | undefined> {
  const file = `${ROOT}/.sandbox/env`;
  if (!existsSync(file)) return undefined;
  const { stdout } = spawnSync("sh", ["-c", '. "$1" && env -0', "sh", file], { encoding: "utf8" });
  const pairs = stdout.split("\0").map((line) => line.split(/=(.*)/s).slice(0, 2));
  const environment = Object.fromEntries(pairs) as NodeJS.ProcessEnv;
  const path = environment["KUBECONFIG"] ?? "";
  if (!existsSync(path)) return undefined;
  const kubeconfig = readFileSync(path, "utf8");
  const settings = readSettings({ kubeconfig });
  if (!settings.kubeconfig) return undefined;
  const objects = new Objects(new ApiClient(settings.kubeconfig));
  try {
    await objects.client.get("/version");
  } catch {
    return undefined;
  }
  return { environment, kubeconfig, objects };
}

/** Writes to an object as somebody else would. */
export async function patchAs(
  { objects }: Sandbox,
  manager: string,
  object: { apiVersion: string; kind: string; namespace: string; name: string },
  patch: Props,
  subresource = "",
): Promise<Props> {
  const path = await objects.path(object, object.namespace, object.name);
  return objects.client.request("PATCH", path + subresource, {
    body: patch,
    contentType: "application/merge-patch+json",
    query: { fieldManager: manager },
  });
}

/** A namespace or release name that no other test uses. */
export const unique = (name: string): string => `${name}-${randomBytes(3).toString("hex")}`;

export interface Failure extends Error {
  /** Set when the resource exists but is not ready. */
  init?: { id: string; outs: Props; reasons: string[] };
}

export interface DiffAnswer {
  changes: boolean;
  replaces: string[];
  paths: string[];
  deleteBeforeReplace: boolean;
}

/** A provider process and a client to it. */
export class ProviderProcess {
  private readonly child: ChildProcess;
  private readonly client: any;

  private constructor(child: ChildProcess, port: number) {
    this.child = child;
    this.client = new (rpc as any).ResourceProviderClient(
      `127.0.0.1:${port}`,
      grpc.credentials.createInsecure(),
    );
  }

  static async start(
    name: string,
    config: Props,
    environment: NodeJS.ProcessEnv = process.env,
    cwd = ROOT,
  ): Promise<ProviderProcess> {
    const main = `${ROOT}/sandbox/src/providers/${name}/main.ts`;
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main], {
      env: environment,
      cwd,
      stdio: ["pipe", "pipe", "inherit"],
    });
    const port = await new Promise<number>((resolve, reject) => {
      child.stdout.once("data", (text: Buffer) => resolve(Number(text.toString().trim())));
      child.once("exit", (code) => reject(new Error(`the provider ended with ${code}`)));
    });
    const provider = new ProviderProcess(child, port);
    const request = new (proto as any).ConfigureRequest();
    request.setArgs(write(config));
    await provider.call("configure", request);
    return provider;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  stop(): void {
    this.client.close();
    this.child.kill();
  }

  private call(method: string, request: any): Promise<any> {
    return new Promise((resolve, reject) => {
      this.client[method](request, (error: grpc.ServiceError | null, response: any) => {
        if (!error) {
          resolve(response);
          return;
        }
        const failure: Failure = new Error(error.details);
        const [detail] = error.metadata.get("grpc-status-details-bin");
        if (detail) {
          const status = (statusProto as any).Status.deserializeBinary(detail);
          const packed = status.getDetailsList()[0];
          const init = (proto as any).ErrorResourceInitFailed.deserializeBinary(
            packed.getValue_asU8(),
          );
          failure.init = {
            id: init.getId(),
            outs: read(init.getProperties()),
            reasons: init.getReasonsList(),
          };
        }
        reject(failure);
      });
    });
  }

  private urn(type: string, name: string): string {
    return `urn:pulumi:test::test::${type}::${name}`;
  }

  async check(type: string, name: string, news: Props, olds: Props = {}) {
    const request = new (proto as any).CheckRequest();
    request.setUrn(this.urn(type, name));
    request.setNews(write(news));
    request.setOlds(write(olds));
    request.setRandomseed(randomBytes(32));
    const response = await this.call("check", request);
    const failures: string[] = response.getFailuresList().map((f: any) => f.getReason());
    return { inputs: read(response.getInputs()), failures };
  }

  async diff(
    type: string,
    name: string,
    id: string,
    state: { outs: Props; inputs: Props },
    news: Props,
    ignore: string[] = [],
  ): Promise<DiffAnswer> {
    const request = new (proto as any).DiffRequest();
    request.setUrn(this.urn(type, name));
    request.setId(id);
    request.setOlds(write(state.outs));
    request.setOldInputs(write(state.inputs));
    request.setNews(write(news));
    request.setIgnorechangesList(ignore);
    const response = await this.call("diff", request);
    return {
      changes: response.getChanges() === (proto as any).DiffResponse.DiffChanges.DIFF_SOME,
      replaces: response.getReplacesList(),
      paths: [...response.getDetaileddiffMap().keys()],
      deleteBeforeReplace: response.getDeletebeforereplace(),
    };
  }

  async create(
    type: string,
    name: string,
    inputs: Props,
    options = { preview: false, timeout: 0 },
  ) {
    const request = new (proto as any).CreateRequest();
    request.setUrn(this.urn(type, name));
    request.setProperties(write(inputs));
    request.setPreview(options.preview);
    request.setTimeout(options.timeout);
    const response = await this.call("create", request);
    return { id: response.getId() as string, outs: read(response.getProperties()), inputs };
  }

  async update(
    type: string,
    name: string,
    id: string,
    state: { outs: Props; inputs: Props },
    news: Props,
    options: { preview?: boolean; timeout?: number; ignore?: string[] } = {},
  ) {
    const request = new (proto as any).UpdateRequest();
    request.setUrn(this.urn(type, name));
    request.setId(id);
    request.setOlds(write(state.outs));
    request.setOldInputs(write(state.inputs));
    request.setNews(write(news));
    request.setPreview(options.preview ?? false);
    request.setTimeout(options.timeout ?? 0);
    request.setIgnorechangesList(options.ignore ?? []);
    const response = await this.call("update", request);
    return { id, outs: read(response.getProperties()), inputs: news };
  }

  async read(type: string, name: string, id: string, state?: { outs: Props; inputs: Props }) {
    const request = new (proto as any).ReadRequest();
    request.setUrn(this.urn(type, name));
    request.setId(id);
    if (state) {
      request.setProperties(write(state.outs));
      request.setInputs(write(state.inputs));
    }
    const response = await this.call("read", request);
    return {
      id: response.getId() as string,
      outs: read(response.getProperties()),
      inputs: read(response.getInputs()),
    };
  }

  async delete(
    type: string,
    name: string,
    id: string,
    state: { outs: Props; inputs: Props },
    timeout = 0,
  ): Promise<void> {
    const request = new (proto as any).DeleteRequest();
    request.setUrn(this.urn(type, name));
    request.setId(id);
    request.setProperties(write(state.outs));
    request.setOldInputs(write(state.inputs));
    request.setTimeout(timeout);
    await this.call("delete", request);
  }
}

/** The error a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise;
  } catch (error) {
    return error as Failure;
  }
  throw new Error("expected a failure, but it succeeded");
}
