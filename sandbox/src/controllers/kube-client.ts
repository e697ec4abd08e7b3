/** A thin REST client for any resource of an API server. The client library alone takes half a second to load. */
import { readFileSync } from "node:fs";
import { Agent, request as httpsRequest } from "node:https";
import type { IncomingMessage } from "node:http";
import { parse } from "yaml";
import type { KubeObject } from "./objects.ts";

/** Address of a kind: group (empty for core), version, plural name. */
export interface Resource {
  group: string;
  version: string;
  plural: string;
}

export interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: KubeObject & { code?: number };
}

export type KubeList<T extends KubeObject> = KubeObject & { items: T[] };

export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

export const isNotFound = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 404;
export const isConflict = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 409;

/** The URL path of a collection or of one object in it. */
export function pathOf(resource: Resource, namespace?: string, name?: string): string {
  const root = resource.group ? `/apis/${resource.group}` : "/api";
  const scope = namespace ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  const object = name ? `/${encodeURIComponent(name)}` : "";
  return `${root}/${resource.version}${scope}/${resource.plural}${object}`;
}

/** What the kubeconfigs of the sandbox have: a server with its certificate, and a user's token. */
interface KubeConfig {
  "current-context": string;
  clusters: { name: string; cluster: { server: string; "certificate-authority-data": string } }[];
  users: { name: string; user: { token: string } }[];
  contexts: { name: string; context: { cluster: string; user: string } }[];
}

export class KubeClient {
  private readonly server: URL;
  private readonly token: string;
  private readonly agent: Agent;

  /** Reads the file, by default that of $KUBECONFIG. */
  constructor(kubeconfig = process.env.KUBECONFIG) {
    if (!kubeconfig) throw new Error("KUBECONFIG: missing; set the kubeconfig of the sandbox");
    const config = parse(readFileSync(kubeconfig, "utf8")) as KubeConfig;
    const byName = <T extends { name: string }>(list: T[], name: string | undefined): T => {
      const found = list.find((one) => one.name === name);
      if (found) return found;
      throw new Error(`kubeconfig ${kubeconfig}: has no ${name ?? "current-context"}`);
    };
    const { context } = byName(config.contexts, config["current-context"]);
    const { cluster } = byName(config.clusters, context.cluster);
    this.server = new URL(cluster.server);
    this.token = byName(config.users, context.user).user.token;
    const ca = Buffer.from(cluster["certificate-authority-data"], "base64");
    this.agent = new Agent({ keepAlive: true, maxSockets: 32, ca });
  }

  /** The object, or undefined when it does not exist. */
  async find<T extends KubeObject>(
    resource: Resource,
    namespace: string | undefined,
    name: string,
  ): Promise<T | undefined> {
    try {
      return await this.json<T>("GET", pathOf(resource, namespace, name));
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  list<T extends KubeObject>(resource: Resource, query = ""): Promise<KubeList<T>> {
    return this.json<KubeList<T>>("GET", `${pathOf(resource)}${query ? `?${query}` : ""}`);
  }

  create<T extends KubeObject>(resource: Resource, object: T): Promise<T> {
    return this.json<T>("POST", pathOf(resource, object.metadata.namespace), object);
  }

  /** Writes an object or its subresource "status". Fails if somebody has changed it since it was read. */
  replace<T extends KubeObject>(resource: Resource, object: T, subresource?: string): Promise<T> {
    const path = pathOf(resource, object.metadata.namespace, object.metadata.name);
    return this.json<T>("PUT", subresource ? `${path}/${subresource}` : path, object);
  }

  /** A JSON merge patch, of the object or of a subresource ("status"). */
  patch<T extends KubeObject>(
    resource: Resource,
    object: KubeObject,
    patch: unknown,
    subresource?: string,
  ): Promise<T> {
    const path = pathOf(resource, object.metadata.namespace, object.metadata.name);
    const target = subresource ? `${path}/${subresource}` : path;
    return this.json<T>("PATCH", target, patch, "application/merge-patch+json");
  }

  remove(resource: Resource, namespace: string | undefined, name: string): Promise<unknown> {
    return this.json("DELETE", pathOf(resource, namespace, name));
  }

  /** Events since a resource version, until the server ends the stream or the signal aborts. */
  async *watch(
    resource: Resource,
    query: string,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent, void> {
    const path = `${pathOf(resource)}?watch=true&allowWatchBookmarks=true&${query}`;
    const response = await this.send("GET", path, undefined, undefined, signal);
    // Not with readline, which would wait forever on a connection that broke without an end.
    response.setEncoding("utf8");
    let rest = "";
    for await (const chunk of response as AsyncIterable<string>) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) yield JSON.parse(line) as WatchEvent;
    }
  }

  private async json<T>(
    method: string,
    path: string,
    body?: unknown,
    contentType = "application/json",
  ): Promise<T> {
    const response = await this.send(method, path, body, contentType);
    return JSON.parse(await text(response)) as T;
  }

  private async send(
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = httpsRequest(
        new URL(path, this.server),
        {
          agent: this.agent,
          method,
          ...(signal ? { signal } : { timeout: 30_000 }),
          headers: {
            Authorization: `Bearer ${this.token}`,
            Accept: "application/json",
            "User-Agent": "access-plane-sandbox-controllers",
            ...(payload
              ? { "Content-Type": contentType, "Content-Length": Buffer.byteLength(payload) }
              : {}),
          },
        },
        resolve,
      );
      outgoing.on("timeout", () => {
        outgoing.destroy(new Error(`${method} ${path}: no answer within 30 s`));
      });
      outgoing.on("error", reject);
      outgoing.end(payload);
    });
    const status = response.statusCode ?? 0;
    if (status < 400) return response;
    throw new ApiError(status, `${method} ${path}: ${messageOf(await text(response), status)}`);
  }
}

async function text(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function messageOf(body: string, status: number): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? `status ${String(status)}`;
  } catch {
    return body.trim() || `status ${String(status)}`;
  }
}
