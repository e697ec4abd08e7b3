import { X509Certificate } from "node:crypto";
import { lookup } from "node:dns/promises";
import * as https from "node:https";
import * as tls from "node:tls";
import { remembered } from "../base/remembered";

/** An HTTPS response. Redirects are not followed. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Options for private authorities and for tests. */
export interface NetworkOptions {
  /** Trusted authorities in addition to the machine's, as PEM. */
  ca?: readonly string[];
  /** Port of HTTPS. Default: 443. */
  port?: number;
  /** Default: the system's resolver. */
  resolve?: (host: string) => Promise<string[]>;
}

const TIMEOUT_MS = 10_000;
const BODY_LIMIT = 1 << 20;

async function systemResolve(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "ENODATA") return [];
    throw error;
  }
}

/** Trusts the machine's authorities and further ones, as PEM. Remembered, because it parses every authority. */
const trusting = remembered((further: string) =>
  tls.createSecureContext({ ca: [...tls.getCACertificates("default"), further] }),
);

/** What the checks need of the network. Tests pass their own. */
export type Network = Pick<LiveNetwork, keyof LiveNetwork>;

/** What this machine sees as a client. */
export class LiveNetwork {
  /** Authorities that this machine trusts, as PEM. */
  readonly trusted: readonly string[];
  private readonly port: number;
  private readonly secureContext: tls.SecureContext;
  /** Addresses of a host. Empty if it does not resolve. */
  readonly resolve: (host: string) => Promise<string[]>;

  constructor({ ca = [], port = 443, resolve = systemResolve }: NetworkOptions = {}) {
    this.trusted = [...tls.getCACertificates("default"), ...ca];
    this.secureContext = trusting(ca.join("\n"));
    this.port = port;
    this.resolve = resolve;
  }

  /** The certificate chain that an address serves for a name, leaf first, not verified. */
  served(address: string, serverName: string): Promise<X509Certificate[]> {
    return new Promise((resolve, reject) => {
      const socket = tls.connect(
        {
          host: address,
          port: this.port,
          servername: serverName,
          rejectUnauthorized: false,
          timeout: TIMEOUT_MS,
        },
        () => {
          const chain: X509Certificate[] = [];
          // Its type does not say that the last one has no issuer, or is its own.
          let next = socket.getPeerCertificate(true) as Partial<tls.DetailedPeerCertificate>;
          while (next.raw !== undefined) {
            const certificate = new X509Certificate(next.raw);
            const { fingerprint256 } = certificate;
            if (chain.some((known) => known.fingerprint256 === fingerprint256)) break;
            chain.push(certificate);
            next = next.issuerCertificate ?? {};
          }
          socket.destroy();
          resolve(chain);
        },
      );
      socket.on("timeout", () => socket.destroy(new Error(`no answer from ${address}`)));
      socket.on("error", reject);
    });
  }

  /** GET that verifies certificate and name. */
  async get(url: string): Promise<Answer> {
    const { hostname, pathname, search } = new URL(url);
    const [address] = await this.resolve(hostname);
    if (address === undefined) throw new Error(`${hostname} does not resolve`);
    return new Promise((resolve, reject) => {
      const request = https.get(
        {
          host: address,
          port: this.port,
          path: pathname + search,
          headers: { host: hostname, "user-agent": "access-plane-verify" },
          timeout: TIMEOUT_MS,
          createConnection: () =>
            tls.connect({
              host: address,
              port: this.port,
              servername: hostname,
              secureContext: this.secureContext,
            }),
        },
        (answer) => {
          let body = "";
          answer.on("data", (chunk) => {
            if (body.length < BODY_LIMIT) body += String(chunk);
          });
          answer.on("error", reject);
          answer.on("end", () =>
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }),
          );
        },
      );
      request.on("timeout", () => request.destroy(new Error(`no answer from ${hostname}`)));
      request.on("error", reject);
    });
  }
}
