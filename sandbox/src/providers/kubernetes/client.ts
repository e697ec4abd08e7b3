import http from "node:http";
import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Props } from "../framework.ts";

/** A refusal by the API server, with the server's own words. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly status: Props;
  constructor(code: number, reason: string, message: string, status: Props = {}) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.reason = reason;
    this.status = status;
  }
}

/** The API server could not be reached at all. */
export class UnreachableError extends Error {}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.code === 404;
}
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409;
}

export interface Request {
  query?: Record<string, string | undefined>;
  body?: unknown;
  contentType?: string;
  accept?: string;
  /** Receives the API server's warnings (deprecations, unknown fields). */
  warn?: (text: string) => void;
  signal?: AbortSignal;
}

const RETRY_CODES = new Set([429, 502, 503, 504]);
const LOST = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT", "ECONNREFUSED"]);

/** One API server: kept-alive connections, retries of what the server asks to be retried. */
export class ApiClient {
  readonly server: string;
  private readonly config: KubeConfig;
  private readonly base: URL;
  private agent: https.Agent | http.Agent | undefined;

  constructor(config: KubeConfig) {
    const server = config.getCurrentCluster()?.server;
    if (!server) {
      throw new UnreachableError(
        "the kubeconfig names no cluster; set `kubeconfig` (and `context`) on the provider or KUBECONFIG",
      );
    }
    this.config = config;
    this.server = server;
    this.base = new URL(server);
  }

  get(path: string, request: Request = {}): Promise<Props> {
    return this.request("GET", path, request);
  }

  /** Sends a request and returns the JSON answer; throws `ApiError` or `UnreachableError`. */
  async request(method: string, path: string, request: Request = {}): Promise<Props> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.send(method, path, request);
      } catch (error) {
        if (request.signal?.aborted || attempt > 5) throw error;
        const code = (error as NodeJS.ErrnoException).code;
        const refused = error instanceof ApiError && RETRY_CODES.has(error.code);
        const lost = !(error instanceof ApiError) && LOST.has(String(code));
        if (lost && (attempt > 3 || (method === "POST" && code !== "ECONNREFUSED"))) {
          throw this.unreachable(error);
        }
        if (!refused && !lost) throw error instanceof ApiError ? error : this.unreachable(error);
        await sleep(200 * 2 ** attempt, undefined, { signal: request.signal });
      }
    }
  }

  private unreachable(error: unknown): Error {
    const message = error instanceof Error ? error.message || error.name : String(error);
    return new UnreachableError(
      `configured Kubernetes cluster is unreachable: ${this.server}: ${message}`,
    );
  }

  private async send(method: string, path: string, request: Request): Promise<Props> {
    const options: https.RequestOptions = { headers: {} };
    await this.config.applyToHTTPSOptions(options);
    const secure = this.base.protocol === "https:";
    this.agent ??= secure
      ? new https.Agent({ ...pickTls(options), keepAlive: true, maxSockets: 64 })
      : new http.Agent({ keepAlive: true, maxSockets: 64 });
    const proxied = this.config.getCurrentCluster()?.proxyUrl;
    const url = new URL(this.base.href.replace(/\/$/, "") + path);
    for (const [key, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(key, value);
    }
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const headers: Record<string, string | number> = {
      ...(options.headers as Record<string, string>),
      Accept: request.accept ?? "application/json",
      "User-Agent": "pulumi-kubernetes-sandbox",
    };
    if (body !== undefined) {
      headers["Content-Type"] = request.contentType ?? "application/json";
      headers["Content-Length"] = Buffer.byteLength(body);
    }
    return await new Promise<Props>((resolve, reject) => {
      const outgoing = (secure ? https : http).request(
        url,
        {
          method,
          headers,
          agent: proxied ? options.agent : this.agent,
          auth: options.auth,
          signal: request.signal,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString("utf8");
            const code = response.statusCode ?? 0;
            for (const warning of warnings(response.headers["warning"])) request.warn?.(warning);
            if (code >= 200 && code < 300) resolve(parse(text));
            else reject(apiError(code, text, `${method} ${path}`));
          });
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }
}

function pickTls(options: https.RequestOptions): https.AgentOptions {
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return {
    ca,
    cert,
    key,
    servername,
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

/** Texts of `299 - "text"` warning headers. */
function warnings(header: string | undefined): string[] {
  return [...(header ?? "").matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) =>
    (match[1] ?? "").replace(/\\(.)/g, "$1"),
  );
}

function parse(text: string): Props {
  return (text ? JSON.parse(text) : {}) as Props;
}

function apiError(code: number, text: string, what: string): ApiError {
  try {
    const status = JSON.parse(text) as { reason?: string; message?: string };
    if (status.message) {
      return new ApiError(code, status.reason ?? "", status.message, status);
    }
  } catch {
    /* not a Status object */
  }
  return new ApiError(code, "", `${what}: HTTP ${code} ${text.slice(0, 500)}`);
}
