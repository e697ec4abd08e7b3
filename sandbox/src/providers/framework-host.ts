import * as grpc from "@grpc/grpc-js";
import engineRpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineProto from "@pulumi/pulumi/proto/engine_pb.js";
import type { Host } from "./framework-types.ts";

/* oxlint-disable typescript/no-explicit-any --
   the generated stubs have no types for ESM callers */

/** Sends log lines to the engine at `address`; without one (tests) they go to stderr. */
export function engineHost(address: string | undefined): Host {
  if (address === undefined) {
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

/** Checks the health of the engine at `address` repeatedly. Calls `act` once if it does not respond. */
export function whenEngineIsGone(address: string, everySeconds: number, act: () => void): void {
  const client = new grpc.Client(address, grpc.credentials.createInsecure());
  const nothing = Buffer.alloc(0);
  const pass = (bytes: Buffer) => bytes;
  const ask = () => {
    client.makeUnaryRequest("/grpc.health.v1.Health/Check", pass, pass, nothing, (error) => {
      // UNIMPLEMENTED also proves that the engine runs.
      if (error && error.code !== grpc.status.UNIMPLEMENTED) act();
      else setTimeout(ask, everySeconds * 1000);
    });
  };
  setTimeout(ask, everySeconds * 1000);
}
