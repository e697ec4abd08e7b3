import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Pair } from "../unit/operations/verify/certificates";

/** Faults that the proxy can inject into a request. */
export const FAULTS = [
  "delay",
  "reset",
  "lost answer",
  "half answer",
  "429",
  "500",
  "503",
  "expired",
] as const;
/** Faults that end without anybody's action. */
const TRANSIENT = FAULTS.filter((fault) => fault !== "expired");
/** Those of them that fail the request. */
export const FAILURES = TRANSIENT.filter((fault) => fault !== "delay");
export type Fault = (typeof FAULTS)[number];

/** An error response in the server's format. */
export interface Refusal {
  status: number;
  type: string;
  body: string;
}

export interface FaultProxyOptions {
  /** Address of the server behind the proxy. */
  target: string;
  /** CA certificates of an https target. */
  targetCa?: string;
  /** Certificate and key with which the proxy serves https. Default: http. */
  certificate?: Pair;
  /** The server's response to expired credentials. */
  expired: (request: http.IncomingMessage) => Refusal;
  /** Numbers from 0 to 1. */
  random: () => number;
}

/** An HTTP proxy that injects faults into some requests. */
export class FaultProxy {
  /** Percentage of requests that get a fault. */
  percent = 0;
  /** Number of requests that pass before the first fault. */
  spare = 0;
  /** Faults to choose from. */
  faults: readonly Fault[] = TRANSIENT;
  /** Number of requests so far. */
  requests = 0;
  /** Number of injected faults so far, by fault. */
  readonly injected: Partial<Record<Fault, number>> = {};

  private readonly server: http.Server;
  private readonly agent: http.Agent;
  /** TCP sockets, also those below TLS. */
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly options: FaultProxyOptions) {
    const { target, targetCa, certificate } = options;
    const answer = (request: http.IncomingMessage, response: http.ServerResponse) => {
      this.answer(request, response).catch((error: unknown) => {
        // A client that has disconnected is not an error of the proxy.
        if (!request.destroyed || request.complete) {
          process.stderr.write(`      the proxy in front of ${target}: ${String(error)}\n`);
        }
        request.socket.destroy();
      });
    };
    const pair = certificate === undefined ? {} : { cert: certificate.pem, key: certificate.key };
    this.server =
      certificate === undefined ? http.createServer(answer) : https.createServer(pair, answer);
    this.agent = target.startsWith("https:")
      ? new https.Agent({ keepAlive: true, ca: targetCa })
      : new http.Agent({ keepAlive: false });
    // Idle connections stay open: closing one could fail a request that no fault was chosen for.
    Object.assign(this.server, { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 });
    this.server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
    });
  }

  /** Listens on a free port of `localhost`. */
  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    await new Promise<void>((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** Injects faults from now on, after `spare` requests that pass. Without arguments, injects none. */
  disturb(percent = 0, faults: readonly Fault[] = TRANSIENT, spare = 0): void {
    Object.assign(this, { percent, faults, spare });
  }

  get address(): string {
    const { port } = this.server.address() as AddressInfo;
    return `${this.options.certificate === undefined ? "http" : "https"}://localhost:${port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.sockets.forEach((socket) => socket.destroy());
    this.agent.destroy();
    await closed;
  }

  private choose(): Fault | undefined {
    this.requests++;
    const { random } = this.options;
    if (this.percent > 0 && this.spare-- > 0) return undefined;
    if (random() * 100 >= this.percent) return undefined;
    const fault = this.faults[Math.floor(random() * this.faults.length)];
    if (fault !== undefined) this.injected[fault] = (this.injected[fault] ?? 0) + 1;
    return fault;
  }

  private async answer(request: http.IncomingMessage, response: http.ServerResponse) {
    const fault = this.choose();
    switch (fault) {
      case "reset":
        this.reset(request);
        return;
      case "429":
      case "500":
      case "503": {
        request.resume();
        const retry: http.OutgoingHttpHeaders = fault === "500" ? {} : { "retry-after": "1" };
        response.writeHead(Number(fault), { ...retry, "content-type": "text/plain" });
        response.end("a fault of the test");
        return;
      }
      case "expired": {
        request.resume();
        const { status, type, body } = this.options.expired(request);
        response.writeHead(status, { "content-type": type });
        response.end(body);
        return;
      }
      case "delay":
        await sleep(500 + this.options.random() * 2500);
    }
    const behind = await this.forward(request);
    if (fault === "lost answer") {
      behind.resume();
      this.reset(request);
      return;
    }
    response.writeHead(behind.statusCode ?? 502, behind.headers);
    if (fault === "half answer") {
      behind.once("data", (chunk: Buffer) => {
        response.write(chunk.subarray(0, chunk.length / 2), () => request.socket.destroySoon());
        behind.destroy();
      });
      behind.once("end", () => request.socket.destroySoon());
      return;
    }
    behind.on("error", () => response.destroy());
    response.on("close", () => behind.destroy());
    behind.pipe(response);
  }

  /** Resets the TCP connection of a request: a TLS socket has no reset. */
  private reset({ socket }: http.IncomingMessage): void {
    const below = [...this.sockets].find(({ remotePort }) => remotePort === socket.remotePort);
    below?.resetAndDestroy();
    socket.destroy();
  }

  /** Forwards a request, and resolves to the response before its body arrives. */
  private forward(request: http.IncomingMessage): Promise<http.IncomingMessage> {
    const { target } = this.options;
    const url = new URL(request.url ?? "/", target);
    return new Promise((resolve, reject) => {
      const { method, headers } = request;
      const send = url.protocol === "https:" ? https.request : http.request;
      // Otherwise Node.js would check the server's certificate against the proxy's Host header.
      const servername = "";
      const next = send(url, { method, headers, agent: this.agent, servername }, resolve);
      next.on("error", reject);
      request.on("error", () => next.destroy());
      request.pipe(next);
    });
  }
}
