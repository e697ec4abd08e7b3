import { flushCompileCache } from "node:module";
import * as grpc from "@grpc/grpc-js";
import anyProto from "google-protobuf/google/protobuf/any_pb.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import pluginProto from "@pulumi/pulumi/proto/plugin_pb.js";
import rpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import statusProto from "@pulumi/pulumi/proto/status_pb.js";
import type { DiffResult } from "./framework-diff.ts";
import { engineHost, whenEngineIsGone } from "./framework-host.ts";
import { InitError, type CheckResult, type Host, type Provider } from "./framework-types.ts";
import { decode, encode, inheritSecrets, type Props } from "./framework-values.ts";

/* oxlint-disable typescript/no-explicit-any --
   the generated stubs have no types for ESM callers */
type Message = any;
type Handler = (request: Message, signal: AbortSignal) => Promise<unknown>;

const MESSAGE_LIMIT = 400 * 1024 * 1024;

const read = (struct: Message): Props => (struct ? (decode(struct.toJavaScript()) as Props) : {});
const write = (props: Props): Message => structProto.Struct.fromJavaScript(encode(props) as any);

/** Token of a URN: the last `$` part of its type section. */
export function typeOf(urn: string): string {
  return (urn.split("::")[2] ?? "").split("$").pop() ?? "";
}
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function common(req: Message, signal: AbortSignal) {
  const urn: string = req.getUrn();
  return { urn, type: typeOf(urn), name: nameOf(urn), signal };
}

function checkResponse(result: CheckResult): Message {
  const response = new proto.CheckResponse();
  response.setInputs(write(result.inputs));
  for (const { property, reason } of result.failures ?? []) {
    const failure = new proto.CheckFailure();
    failure.setProperty(property);
    failure.setReason(reason);
    response.addFailures(failure);
  }
  return response;
}

function diffResponse(result: DiffResult): Message {
  const { DiffResponse, PropertyDiff } = proto as any;
  const response = new DiffResponse();
  const detailed = result.detailedDiff ?? [];
  const replaces = result.replaces ?? [];
  const changes = result.changes ?? (detailed.length > 0 || replaces.length > 0);
  response.setChanges(
    changes ? DiffResponse.DiffChanges.DIFF_SOME : DiffResponse.DiffChanges.DIFF_NONE,
  );
  response.setReplacesList([...replaces]);
  response.setStablesList([...(result.stables ?? [])]);
  response.setDeletebeforereplace(result.deleteBeforeReplace ?? false);
  const top = new Set(detailed.map((change) => String(change.keys[0])));
  response.setDiffsList([...top]);
  const replaced = new Set(replaces);
  for (const change of detailed) {
    const entry = new PropertyDiff();
    const suffix = replaced.has(change.path) ? "_REPLACE" : "";
    entry.setKind(PropertyDiff.Kind[change.kind.toUpperCase() + suffix]);
    entry.setInputdiff(true);
    response.getDetaileddiffMap().set(change.path, entry);
  }
  response.setHasdetaileddiff(detailed.length > 0);
  return response;
}

function rpcError(error: unknown): Partial<grpc.StatusObject> {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof InitError)) {
    if (process.env["SANDBOX_PROVIDER_DEBUG"]) console.error(error);
    return { code: grpc.status.UNKNOWN, details: message };
  }
  const failed = new proto.ErrorResourceInitFailed();
  failed.setId(error.id);
  failed.setProperties(write(error.outs));
  failed.setReasonsList([...error.reasons]);
  if (error.inputs) failed.setInputs(write(error.inputs));
  const detail = new anyProto.Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new (statusProto as any).Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(message);
  status.addDetails(detail);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details: message, metadata };
}

/** The gRPC methods of a provider. */
function handlers(provider: Provider, host: Host, stop: AbortController): Record<string, Handler> {
  let configured: Promise<void> | undefined;
  return {
    async checkConfig(req) {
      const news = read(req.getNews());
      return checkResponse(
        (await provider.checkConfig?.(news, read(req.getOlds()))) ?? { inputs: news },
      );
    },
    async diffConfig(req) {
      const olds = read(req.hasOldInputs?.() ? req.getOldInputs() : req.getOlds());
      return diffResponse(
        (await provider.diffConfig?.(olds, read(req.getNews()))) ?? { changes: false },
      );
    },
    async configure(req) {
      configured = Promise.resolve(provider.configure?.(read(req.getArgs()), host));
      await configured;
      // Saves the cache now, because the engine ends plugins with a signal, on which Node.js does not save it.
      flushCompileCache();
      const response = new proto.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      response.setAcceptresources(false);
      response.setAcceptoutputs(false);
      return response;
    },
    async invoke(req, signal) {
      if (!provider.invoke)
        throw new Error(`${provider.name}: function ${req.getTok()} is unknown`);
      const response = new proto.InvokeResponse();
      response.setReturn(write(await provider.invoke(req.getTok(), read(req.getArgs()), signal)));
      return response;
    },
    async check(req, signal) {
      const news = read(req.getNews());
      const call = {
        ...common(req, signal),
        olds: read(req.getOlds()),
        news,
        randomSeed: Buffer.from(req.getRandomseed_asU8()),
      };
      return checkResponse((await provider.check?.(call)) ?? { inputs: news });
    },
    async diff(req, signal) {
      return diffResponse(
        await provider.diff({
          ...common(req, signal),
          id: req.getId(),
          olds: read(req.getOlds()),
          oldInputs: read(req.getOldInputs()),
          news: read(req.getNews()),
          ignoreChanges: req.getIgnorechangesList(),
        }),
      );
    },
    async create(req, signal) {
      const inputs = read(req.getProperties());
      const made = await provider.create({
        ...common(req, signal),
        inputs,
        preview: req.getPreview(),
        timeout: req.getTimeout(),
      });
      const response = new proto.CreateResponse();
      response.setId(made.id);
      response.setProperties(write(inheritSecrets(made.outs, inputs)));
      return response;
    },
    async read(req, signal) {
      const response = new proto.ReadResponse();
      const inputs = read(req.getInputs());
      const found = await provider.read({
        ...common(req, signal),
        id: req.getId(),
        state: read(req.getProperties()),
        inputs,
        timeout: req.getTimeout?.() ?? 0,
      });
      if (!found) return response;
      response.setId(found.id);
      response.setProperties(write(inheritSecrets(found.outs, inputs)));
      response.setInputs(write(inheritSecrets(found.inputs, inputs)));
      return response;
    },
    async update(req, signal) {
      const news = read(req.getNews());
      const outs = await provider.update({
        ...common(req, signal),
        id: req.getId(),
        olds: read(req.getOlds()),
        oldInputs: read(req.getOldInputs()),
        news,
        ignoreChanges: req.getIgnorechangesList(),
        preview: req.getPreview(),
        timeout: req.getTimeout(),
      });
      const response = new proto.UpdateResponse();
      response.setProperties(write(inheritSecrets(outs, news)));
      return response;
    },
    async delete(req, signal) {
      await provider.delete({
        ...common(req, signal),
        id: req.getId(),
        state: read(req.getProperties()),
        oldInputs: read(req.getOldInputs()),
        timeout: req.getTimeout(),
      });
      return new emptyProto.Empty();
    },
    async cancel() {
      stop.abort(new Error("the deployment was cancelled"));
      return new emptyProto.Empty();
    },
    async getPluginInfo() {
      const info = new pluginProto.PluginInfo();
      info.setVersion(provider.version);
      return info;
    },
    async attach() {
      return new emptyProto.Empty();
    },
  };
}

/**
 * Serves a provider to the engine whose address is this process's argument. Like a plugin on the vendor's
 * SDK, the process outlives an engine that was killed: it checks the engine's health every five minutes.
 * Without a response it finishes the running calls and exits. Without an engine it exits at the end of stdin.
 */
export async function serve(provider: Provider, healthSeconds = 300): Promise<number> {
  const stop = new AbortController();
  const engine = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
  const host = engineHost(engine);
  const server = new grpc.Server({
    "grpc.max_receive_message_length": MESSAGE_LIMIT,
    "grpc.max_send_message_length": MESSAGE_LIMIT,
  });
  const underWay = new Set<Promise<void>>();
  const implementation: grpc.UntypedServiceImplementation = {};
  for (const [method, handler] of Object.entries(handlers(provider, host, stop))) {
    implementation[method] = (
      call: grpc.ServerUnaryCall<Message, Message>,
      callback: grpc.sendUnaryData<Message>,
    ) => {
      // An engine that is gone has not cancelled the running calls, so they finish.
      const done = handler(call.request, stop.signal).then(
        (response) => callback(null, response),
        (error: unknown) => callback(rpcError(error)),
      );
      underWay.add(done);
      void done.finally(() => underWay.delete(done));
    };
  }
  server.addService((rpc as any).ResourceProviderService, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  process.stdout.write(`${port}\n`);
  const end = () => void Promise.allSettled(underWay).then(() => process.exit(0));
  if (engine === undefined) process.stdin.on("end", end).resume();
  else whenEngineIsGone(engine, healthSeconds, end);
  return port;
}
