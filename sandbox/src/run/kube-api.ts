/** The few calls to the Kubernetes API that seeding needs. A whole client would take a second to load. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { call } from "./http.ts";
import type { Sandbox } from "./part.ts";

/** An object of any kind. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
}

/** An answer of the API server that is not 2xx. */
export class KubeError extends Error {
  readonly status: number;

  constructor(what: string, status: number, message: string) {
    super(`${what}: the API server answers ${status}: ${message}`);
    this.status = status;
  }
}

/** The file with the API server's certificate, which is self-signed. */
export function serverCertificate(sandbox: Sandbox): string {
  return join(sandbox.layout.kubernetes, "pki", "apiserver.crt");
}

/** The API server's address. */
export function serverAddress(sandbox: Sandbox): string {
  return `https://127.0.0.1:${sandbox.ports["kube-apiserver"]}`;
}

/** Calls the API server as its administrator. */
export class KubeApi {
  private readonly sandbox: Sandbox;
  private readonly ca: string;

  constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
    this.ca = readFileSync(serverCertificate(sandbox), "utf8");
  }

  /** One request. Returns the parsed answer. */
  async request<T = KubeObject>(
    method: string,
    path: string,
    body?: unknown,
    contentType = "application/json",
  ): Promise<T> {
    const answer = await call(`${serverAddress(this.sandbox)}${path}`, {
      method,
      body,
      ca: this.ca,
      headers: {
        authorization: `Bearer ${this.sandbox.secrets.adminToken}`,
        ...(body === undefined ? {} : { "content-type": contentType }),
      },
    });
    if (answer.status < 200 || answer.status > 299) {
      throw new KubeError(`${method} ${path}`, answer.status, reason(answer.text));
    }
    return JSON.parse(answer.text === "" ? "{}" : answer.text) as T;
  }

  /** Server-side apply under the sandbox's name; `plural` is the kind's name in addresses. */
  apply(plural: string, object: KubeObject): Promise<KubeObject> {
    const query = "fieldManager=access-plane-sandbox&force=true";
    return this.request(
      "PATCH",
      `${pathOf(plural, object)}?${query}`,
      object,
      "application/apply-patch+yaml",
    );
  }

  /** The current object. Undefined if there is none. */
  async get(plural: string, object: KubeObject): Promise<KubeObject | undefined> {
    try {
      return await this.request("GET", pathOf(plural, object));
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return undefined;
      throw error;
    }
  }
}

function pathOf(plural: string, { apiVersion, metadata }: KubeObject): string {
  const base = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const place = metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`;
  return `${base}${place}/${plural}/${metadata.name}`;
}

function reason(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text.slice(0, 300);
  } catch {
    return text.slice(0, 300);
  }
}
