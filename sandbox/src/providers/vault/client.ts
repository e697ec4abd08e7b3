/** Vault's HTTP API: `<address>/v1/<path>`, JSON both ways, token and namespace in headers. */
import { request as http } from "node:http";
import { request as https } from "node:https";

export interface Connection {
  address: string;
  token?: string;
  namespace?: string;
  headers?: Record<string, string>;
  skipTlsVerify?: boolean;
  tlsServerName?: string;
  ca?: string;
  maxRetries?: number;
}
export interface Answer {
  data?: Record<string, unknown> | null;
  auth?: { client_token: string } | null;
  [key: string]: unknown;
}

/** An error in the words of Vault's own client. */
export class VaultError extends Error {
  readonly status: number;
  readonly answer: Answer | undefined;
  constructor(method: string, url: string, status: number, text: string) {
    let answer: Answer | undefined;
    try {
      answer = JSON.parse(text) as Answer;
    } catch {
      answer = undefined;
    }
    const errors = Array.isArray(answer?.["errors"]) ? (answer["errors"] as string[]) : [];
    const lines = errors.length > 0 ? errors.map((line) => `* ${line}`).join("\n") : text;
    super(
      `Error making API request.\n\nURL: ${method} ${url}\nCode: ${status}. Errors:\n\n${lines}`,
    );
    this.name = "VaultError";
    this.status = status;
    this.answer = answer;
  }
}

export class Vault {
  readonly #connection: Connection;
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The same server, with a namespace below the provider's own. */
  within(namespace: unknown): Vault {
    if (typeof namespace !== "string" || namespace === "") return this;
    const parts = [this.#connection.namespace, namespace].map((p) =>
      (p ?? "").replace(/^\/+|\/+$/g, ""),
    );
    return new Vault({ ...this.#connection, namespace: parts.filter(Boolean).join("/") });
  }

  with(changes: Partial<Connection>): Vault {
    return new Vault({ ...this.#connection, ...changes });
  }

  /** GET; undefined when there is nothing. */
  async read(path: string, query = ""): Promise<Answer | undefined> {
    try {
      return await this.#call("GET", path + query);
    } catch (error) {
      if (error instanceof VaultError && error.status === 404) return undefined;
      throw error;
    }
  }

  async write(path: string, body: Record<string, unknown> = {}, method = "PUT"): Promise<Answer> {
    return this.#call(method, path, body);
  }

  /** DELETE; what is gone already counts as deleted. */
  async remove(path: string): Promise<void> {
    try {
      await this.#call("DELETE", path);
    } catch (error) {
      if (!(error instanceof VaultError && error.status === 404)) throw error;
    }
  }

  async #call(method: string, path: string, body?: Record<string, unknown>): Promise<Answer> {
    const { address, maxRetries = 2 } = this.#connection;
    const escaped = path.split("?")[0]?.split("/").map(encodeURIComponent).join("/") ?? "";
    const query = path.includes("?") ? path.slice(path.indexOf("?")) : "";
    const url = new URL(`${address.replace(/\/+$/, "")}/v1/${escaped}${query}`);
    for (let attempt = 0; ; attempt++) {
      const { status, text } = await this.#send(method, url, body);
      const retry = status === 412 || (status >= 500 && status !== 501);
      if (retry && attempt < maxRetries) {
        await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
        continue;
      }
      if (status >= 400) throw new VaultError(method, url.toString(), status, text);
      return text ? (JSON.parse(text) as Answer) : {};
    }
  }

  #send(method: string, url: URL, body?: Record<string, unknown>) {
    const connection = this.#connection;
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers: Record<string, string> = { "X-Vault-Request": "true", ...connection.headers };
    if (connection.token) headers["X-Vault-Token"] = connection.token;
    if (connection.namespace) headers["X-Vault-Namespace"] = connection.namespace;
    if (payload !== undefined) headers["Content-Type"] = "application/json";
    const options = {
      method,
      headers,
      timeout: 60_000,
      rejectUnauthorized: !connection.skipTlsVerify,
      servername: connection.tlsServerName,
      ca: connection.ca,
    };
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const send = url.protocol === "https:" ? https : http;
      const request = send(url, options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", ({ message }) => {
          reject(new Error(`the answer of Vault at ${url.origin} was cut off: ${message}`));
        });
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
        });
      });
      request.on("timeout", () => request.destroy(new Error("no answer within 60 seconds")));
      request.on("error", (error) => {
        reject(new Error(`cannot reach Vault at ${url.origin}: ${error.message || error}`));
      });
      request.end(payload);
    });
  }
}
