import * as https from "node:https";
import * as k8s from "@kubernetes/client-node";
import { helmRecord, type Place } from "./canary";

interface ResourceList {
  groupVersion: string;
  resources: { name: string; kind: string; verbs: string[] }[];
}

type Item = k8s.KubernetesObject & { type?: string; data?: Record<string, string> };

/** Every object of every kind in the cluster as text; of Secrets all but their data, except Helm's. */
export class ClusterDump {
  private readonly config = new k8s.KubeConfig();

  constructor(kubeconfig: string) {
    this.config.loadFromFile(kubeconfig);
  }

  private async get<T>(route: string): Promise<T> {
    const options: https.RequestOptions = {};
    await this.config.applyToHTTPSOptions(options);
    const url = `${this.config.getCurrentCluster()?.server ?? ""}${route}`;
    const text = await new Promise<string>((resolve, reject) => {
      const request = https.get(url, options, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
        response.on("end", () => resolve(body));
      });
      request.on("error", reject);
    });
    return JSON.parse(text) as T;
  }

  /** The objects, and the names of the Secrets whose data hold one of these texts in base64. */
  async places(): Promise<{ places: Place[]; secrets: Place[] }> {
    const groups = await this.get<{ groups: { preferredVersion: { groupVersion: string } }[] }>(
      "/apis",
    );
    const routes = [
      "/api/v1",
      ...groups.groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`),
    ];
    const lists = await Promise.all(routes.map((route) => this.get<ResourceList>(route)));
    const kinds = lists.flatMap(({ resources }, at) =>
      resources
        .filter(({ name, verbs }) => verbs.includes("list") && !name.includes("/"))
        .map(({ name }) => `${routes[at] ?? ""}/${name}`),
    );
    const found = await Promise.all(
      kinds.map(async (route) => {
        const { items = [] } = await this.get<{ items?: Item[] }>(route);
        return items.map((item) => ({ route, item }));
      }),
    );
    const places: Place[] = [];
    const secrets: Place[] = [];
    for (const { route, item } of found.flat()) {
      const { name = "", namespace = "" } = item.metadata ?? {};
      const title = `${route} ${namespace}/${name}`;
      if (route !== "/api/v1/secrets") {
        places.push({ name: title, text: JSON.stringify(item) });
        continue;
      }
      const { data = {}, ...rest } = item;
      places.push({ name: title, text: JSON.stringify(rest) });
      if (item.type === "helm.sh/release.v1") {
        places.push({ name: `Helm record ${name}`, text: helmRecord(data["release"] ?? "") });
      } else {
        const text = Object.values(data).map((value) => Buffer.from(value, "base64").toString());
        secrets.push({ name: `${namespace}/${name}`, text: text.join("\n") });
      }
    }
    return { places, secrets };
  }
}
