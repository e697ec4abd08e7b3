/** Requests to the control planes on loopback, and waiting for them. */
import { request as plain } from "node:http";
import { request as secure } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

/** How to call. */
export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** PEM of the authority that signed the server's certificate. */
  readonly ca?: string;
  /** PEM of the caller's own certificate and key, where the server asks for them. */
  readonly cert?: string;
  readonly key?: string;
  /** For health checks only, if the server makes a new certificate at every start. */
  readonly insecure?: boolean;
  /** Timeout without data, in seconds. Default: 60, because a busy machine is slow. */
  readonly timeout?: number;
}

/** The answer. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** One request. Returns an answer of any status, and throws if the connection breaks. */
export function call(url: string, options: Call = {}): Promise<Answer> {
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const send = url.startsWith("https:") ? secure : plain;
  return new Promise((resolve, reject) => {
    const request = send(
      url,
      {
        method: options.method ?? "GET",
        agent: false,
        headers: {
          accept: "application/json",
          ...(body === undefined
            ? {}
            : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
          ...options.headers,
        },
        timeout: (options.timeout ?? 60) * 1000,
        ...(options.ca === undefined ? {} : { ca: options.ca }),
        ...(options.cert === undefined ? {} : { cert: options.cert }),
        ...(options.key === undefined ? {} : { key: options.key }),
        ...(options.insecure === true ? { rejectUnauthorized: false } : {}),
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        response.on("error", reject);
      },
    );
    request.on("timeout", () => request.destroy(new Error(`${url} did not answer in time`)));
    request.on("error", reject);
    request.end(body);
  });
}

/** Throws unless the address answers with 2xx. */
export async function healthy(url: string, options: Call = {}): Promise<void> {
  const answer = await call(url, { timeout: 3, ...options });
  if (answer.status < 200 || answer.status > 299) {
    throw new Error(`${url} answers ${answer.status}: ${answer.text.slice(0, 300)}`);
  }
}

/** Tries until `attempt` resolves; throws its last error after `seconds`. */
export async function until<T>(
  what: string,
  seconds: number,
  attempt: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (let wait = 25; ; wait = Math.min(wait * 1.5, 250)) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) {
        throw new Error(`${what} did not happen within ${seconds} s: ${messageOf(error)}`, {
          cause: error,
        });
      }
    }
    await sleep(wait);
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") {
    return error.errors.map(messageOf).join("; ");
  }
  return error instanceof Error ? error.message : String(error);
}
