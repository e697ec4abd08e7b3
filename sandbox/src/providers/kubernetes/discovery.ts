import { at, isMap, type Props } from "../framework.ts";
import { ApiClient, ApiError, isNotFound } from "./client.ts";
import { str, type Kind } from "./objects.ts";

/** Where objects of a kind live on the API server. */
export interface ApiResource {
  plural: string;
  namespaced: boolean;
}

/** The API server does not know the kind (yet). */
export class NoKindError extends Error {}

/** Looks kinds up on the API server, one request per group version, remembered while it holds. */
export class Discovery {
  private readonly client: ApiClient;
  private readonly cache = new Map<
    string,
    { at: number; kinds: Promise<Map<string, ApiResource>> }
  >();

  constructor(client: ApiClient) {
    this.client = client;
  }

  /** The kind's resource; throws NoKindError when the server does not serve it. */
  async find(kind: Kind): Promise<ApiResource> {
    const known = (await this.groupVersion(kind.apiVersion, false)).get(kind.kind);
    if (known) return known;
    const fresh = (await this.groupVersion(kind.apiVersion, true)).get(kind.kind);
    if (fresh) return fresh;
    throw new NoKindError(`no matches for kind "${kind.kind}" in version "${kind.apiVersion}"`);
  }

  /** Like `find`, undefined instead of an error when the server does not serve the kind. */
  async lookup(kind: Kind): Promise<ApiResource | undefined> {
    try {
      return await this.find(kind);
    } catch (error) {
      if (error instanceof NoKindError) return undefined;
      throw error;
    }
  }

  private groupVersion(apiVersion: string, refresh: boolean): Promise<Map<string, ApiResource>> {
    const cached = this.cache.get(apiVersion);
    // One burst of resources of an unknown kind asks once, not each for itself.
    if (cached && (!refresh || Date.now() - cached.at < 250)) return cached.kinds;
    const kinds = this.load(apiVersion);
    this.cache.set(apiVersion, { at: Date.now(), kinds });
    kinds.catch(() => this.cache.delete(apiVersion));
    return kinds;
  }

  private async load(apiVersion: string): Promise<Map<string, ApiResource>> {
    const kinds = new Map<string, ApiResource>();
    let list: Props;
    try {
      list = await this.client.get(rootOf(apiVersion));
    } catch (error) {
      if (isNotFound(error)) return kinds;
      throw error;
    }
    const resources = at(list, "resources");
    for (const item of Array.isArray(resources) ? resources : []) {
      if (!isMap(item) || str(item["name"]).includes("/")) continue;
      kinds.set(str(item["kind"]), {
        plural: str(item["name"]),
        namespaced: item["namespaced"] === true,
      });
    }
    return kinds;
  }
}

/** `/api/v1` or `/apis/<group>/<version>`. */
export function rootOf(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** Typed access to objects of any kind. */
export class Objects {
  readonly client: ApiClient;
  readonly discovery: Discovery;
  constructor(client: ApiClient) {
    this.client = client;
    this.discovery = new Discovery(client);
  }

  /** URL path of one object, or of the collection without a name. */
  async path(kind: Kind, namespace: string, name?: string): Promise<string> {
    const { plural, namespaced } = await this.discovery.find(kind);
    const scope = namespaced ? `/namespaces/${encodeURIComponent(namespace || "default")}` : "";
    const item = name === undefined ? "" : `/${encodeURIComponent(name)}`;
    return `${rootOf(kind.apiVersion)}${scope}/${plural}${item}`;
  }

  async get(kind: Kind, namespace: string, name: string, signal?: AbortSignal): Promise<Props> {
    return this.client.get(await this.path(kind, namespace, name), { signal });
  }

  /** The object, or undefined when it (or its kind) does not exist. */
  async find(
    kind: Kind,
    namespace: string,
    name: string,
    signal?: AbortSignal,
  ): Promise<Props | undefined> {
    try {
      return await this.get(kind, namespace, name, signal);
    } catch (error) {
      if (isNotFound(error) || error instanceof NoKindError) return undefined;
      throw error;
    }
  }

  /** All objects of a kind in a namespace that match a selector. */
  async list(
    kind: Kind,
    namespace: string,
    query: { labelSelector?: string; fieldSelector?: string } = {},
    signal?: AbortSignal,
  ): Promise<Props[]> {
    try {
      const answer = await this.client.get(await this.path(kind, namespace), { query, signal });
      const items = answer["items"];
      return Array.isArray(items) ? items.filter(isMap) : [];
    } catch (error) {
      if (error instanceof ApiError && (error.code === 403 || error.code === 404)) return [];
      throw error;
    }
  }
}
