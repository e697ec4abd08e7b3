import { helmRecord, type Place } from "./canary";
import { ClusterLists } from "./cluster-lists";

/** All objects of a cluster as text, and separately the data of Secrets that are not Helm's. */
export class ClusterDump {
  private readonly lists: ClusterLists;

  constructor(kubeconfig: string) {
    this.lists = new ClusterLists(kubeconfig);
  }

  /** The objects, and the data of the Secrets by namespace and name. */
  async places(): Promise<{ places: Place[]; secrets: Place[] }> {
    const places: Place[] = [];
    const secrets: Place[] = [];
    for (const { route, item } of await this.lists.objects()) {
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
