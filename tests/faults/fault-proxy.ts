import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Pair } from "../unit/operations/verify/certificates";

/** What a request can meet. */
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
/** What goes by itself. */
const PASSING = FAULTS.filter((fault) => fault !== "expired");
export type Fault = (typeof FAULTS)[number];

/** An answer that the server itself would give. */
export interface Refusal {
  status: number;
  type: string;
  body: string;
}

export interface FaultProxyOptions {
  /** Address of the server behind it. */
  target: string;
  /** Certificates by which the server is trusted; only of an https target. */
  targetCa?: string;
  /** Certificate and key to answer with; https then. */
  certificate?: Pair;
  /** What the server answers when the credentials have expired. */
  expired: (request: http.IncomingMessage) => Refusal;
  /** Numbers from 0 to 1. */
  random: () => number;
}

/** An HTTP server that passes requests on to another, and disturbs some of them. */
export class FaultProxy {
  /** How many of a hundred requests meet a fault. */
  percent = 0;
  /** How many requests pass before. */
  spare = 0;
  /** What they meet. */
  faults: readonly Fault[] = PASSING;
  /** How many requests there were so far. */
  requests = 0;
  /** What was done so far, by fault. */
  readonly done: Partial<Record<Fault, number>> = {};

  private readonly server: http.Server;
  private readonly agent: http.Agent;
  /** Of TCP, also below TLS. */
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly options: FaultProxyOptions) {
    const { target, targetCa, certificate } = options;
    const answer = (request: http.IncomingMessage, response: http.ServerResponse) => {
      this.answer(request, response).catch((error: unknown) => {
        // A client that has gone away is none of the proxy's faults.
        if (!request.destroyed || request.complete) {
          process.stderr.write(`      the proxy before ${target}: ${String(error)}\n`);
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
    // Idle connections stay: a request on one that closes meanwhile would be a fault of no seed.
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

  /** Disturbs requests from now on, after some that pass; without percent, no longer. */
  disturb(percent = 0, faults: readonly Fault[] = PASSING, spare = 0): void {
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
    if (fault !== undefined) this.done[fault] = (this.done[fault] ?? 0) + 1;
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
    const behind = await this.pass(request);
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

  /** Resets a request's connection. A TLS socket cannot do it itself. */
  private reset({ socket }: http.IncomingMessage): void {
    const below = [...this.sockets].find(({ remotePort }) => remotePort === socket.remotePort);
    below?.resetAndDestroy();
    socket.destroy();
  }

  /** Sends a request on; resolves to the answer, whose body is still to come. */
  private pass(request: http.IncomingMessage): Promise<http.IncomingMessage> {
    const { target } = this.options;
    const url = new URL(request.url ?? "/", target);
    return new Promise((resolve, reject) => {
      const { method, headers } = request;
      const send = url.protocol === "https:" ? https.request : http.request;
      // Else the server's certificate would be checked against the Host header, which is the proxy's.
      const servername = "";
      const next = send(url, { method, headers, agent: this.agent, servername }, resolve);
      next.on("error", reject);
      request.on("error", () => next.destroy());
      request.pipe(next);
    });
  }
}
