import * as grpc from "@grpc/grpc-js";
import engineRpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineProto from "@pulumi/pulumi/proto/engine_pb.js";
import type { Host } from "./framework-types.ts";

/* eslint-disable @typescript-eslint/no-explicit-any --
   the generated stubs have no types for ESM callers */

/** Sends log lines to the engine at `address`; without one (tests) they go to stderr. */
export function engineHost(address: string | undefined): Host {
  if (!address || address.startsWith("-")) {
    return {
      log: (severity, message) => process.stderr.write(`${severity}: ${message}\n`),
      status: () => undefined,
    };
  }
  const { EngineClient } = engineRpc as any;
  const client = new EngineClient(address, grpc.credentials.createInsecure());
  const send = (severity: string, message: string, urn: string, ephemeral: boolean) => {
    const { LogRequest, LogSeverity } = engineProto as any;
    const request = new LogRequest();
    request.setSeverity(LogSeverity[severity.toUpperCase()]);
    request.setMessage(message);
    request.setUrn(urn);
    request.setEphemeral(ephemeral);
    client.log(request, () => undefined);
  };
  const shown = new Map<string, string>();
  return {
    log: (severity, message, urn) => send(severity, message, urn ?? "", false),
    status: (message, urn) => {
      if ((shown.get(urn) ?? "") === message) return;
      shown.set(urn, message);
      send("info", message, urn, true);
    },
  };
}
