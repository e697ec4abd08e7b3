import * as https from "node:https";
import * as k8s from "@kubernetes/client-node";

/** An object as the API server lists it. */
export type Item = k8s.KubernetesObject & { type?: string; data?: Record<string, string> };

/** An object with the route of its kind's list, such as `/apis/apps/v1/deployments`. */
export interface Listed {
  route: string;
  namespaced: boolean;
  item: Item;
}

interface ResourceList {
  resources: { name: string; namespaced: boolean; verbs: string[] }[];
}

interface Group {
  preferredVersion: { groupVersion: string };
  versions: { groupVersion: string }[];
}

/** Lists the objects of all kinds in a cluster. */
export class ClusterLists {
  private readonly config = new k8s.KubeConfig();
  private readonly agent = new https.Agent({ keepAlive: true });

  constructor(kubeconfig: string) {
    this.config.loadFromFile(kubeconfig);
  }

  /** Sends a request. Resolves to the parsed response, or undefined for 404. Throws other errors. */
  async request<T>(method: string, route: string, body?: object): Promise<T | undefined> {
    const options: https.RequestOptions = { method };
    await this.config.applyToHTTPSOptions(options);
    // The client's own agent would open a connection for each request.
    options.agent = this.agent;
    const url = `${this.config.getCurrentCluster()?.server ?? ""}${route}`;
    const { status, text } = await new Promise<{ status: number; text: string }>(
      (resolve, reject) => {
        const request = https.request(url, options, (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
          response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
          response.on("error", reject);
        });
        request.on("error", reject);
        if (body !== undefined) request.setHeader("content-type", "application/merge-patch+json");
        request.end(body === undefined ? undefined : JSON.stringify(body));
      },
    );
    if (status === 404) return undefined;
    if (status > 299) throw new Error(`${method} ${route}: ${String(status)} ${text}`);
    return JSON.parse(text) as T;
  }

  /** The objects of all kinds that can be listed. `wanted` selects kinds by the route of their list. */
  async objects(wanted: (route: string) => boolean = () => true): Promise<Listed[]> {
    const found = await this.request<{ groups: Group[] }>("GET", "/apis");
    const groups = (found?.groups ?? []).map(({ preferredVersion, versions }) =>
      [preferredVersion, ...versions].map(({ groupVersion }) => `/apis/${groupVersion}`),
    );
    const kinds = await Promise.all(
      [["/api/v1"], ...groups].map(async (routes) => {
        // Some kinds, such as Teleport's, exist only in another version than the preferred one.
        const kinds = new Map<string, { route: string; namespaced: boolean }>();
        for (const route of new Set(routes)) {
          const list = await this.request<ResourceList>("GET", route);
          for (const { name, namespaced, verbs } of list?.resources ?? []) {
            if (!verbs.includes("list") || name.includes("/") || kinds.has(name)) continue;
            kinds.set(name, { route: `${route}/${name}`, namespaced });
          }
        }
        return [...kinds.values()];
      }),
    );
    const lists = await Promise.all(
      kinds
        .flat()
        .filter(({ route }) => wanted(route))
        .map(async (kind) => {
          const list = await this.request<{ items?: Item[] }>("GET", kind.route);
          return (list?.items ?? []).map((item) => ({ ...kind, item }));
        }),
    );
    return lists.flat();
  }

  /** The route of one object. */
  static routeOf({ route, namespaced, item: { metadata = {} } }: Listed): string {
    if (!namespaced) return `${route}/${metadata.name ?? ""}`;
    const at = route.lastIndexOf("/");
    const place = `/namespaces/${metadata.namespace ?? ""}`;
    return `${route.slice(0, at)}${place}${route.slice(at)}/${metadata.name ?? ""}`;
  }
}
