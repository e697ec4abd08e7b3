import { setTimeout as sleep } from "node:timers/promises";
import { ClusterLists, type Listed } from "./cluster-lists";

/** What the control plane keeps by itself. */
const OWN =
  /\/(events|leases|nodes|csinodes|endpoints|endpointslices|apiservices|flowschemas|prioritylevelconfigurations)$/;
const NAMESPACES = "/api/v1/namespaces";
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
/** Their operators clean up behind each of them, as long as they run. */
const RECONCILED = /^\/apis\/(resources\.teleport\.dev|secrets\.hashicorp\.com)\//;

/** Their controllers would make pods anew. */
const WORKLOADS =
  /^\/apis\/(apps|batch)\/v1\/(daemonsets|deployments|replicasets|statefulsets|cronjobs|jobs)$/;
const PODS = "/api/v1/pods";

const uidOf = ({ item }: Listed) => item.metadata?.uid ?? "";

/** What a namespace says that it waits for. */
function remaining({ item }: Listed): string {
  const { status } = item as { status?: { conditions?: { status: string; message: string }[] } };
  const waits = (status?.conditions ?? []).filter((one) => one.status === "True");
  return waits.length === 0 ? "" : ` (${waits.map(({ message }) => message).join(" ")})`;
}

/** Takes a cluster back to what was in it, as far as objects were made since; changed ones stay changed. */
export class ClusterWipe {
  private constructor(
    private readonly lists: ClusterLists,
    private readonly before: ReadonlySet<string>,
  ) {}

  /** Remembers what is there now. */
  static async from(kubeconfig: string): Promise<ClusterWipe> {
    const lists = new ClusterLists(kubeconfig);
    return new ClusterWipe(lists, new Set((await lists.objects()).map(uidOf)));
  }

  /** Deletes what was made since. Throws if something is there after 30 seconds. */
  async run(): Promise<void> {
    await this.remove((route) => RECONCILED.test(route), { seconds: 20 }).catch(async () => {
      // Their operator is gone.
      await this.release(await this.made((route) => RECONCILED.test(route)));
    });
    // A namespace waits for half of its pods' grace period, again and again.
    await this.remove((route) => WORKLOADS.test(route));
    await this.remove((route) => route === PODS, { query: "?gracePeriodSeconds=0" });
    const namespaces = await this.made((route) => route === NAMESPACES);
    const going = new Set(namespaces.map(({ item }) => item.metadata?.name));
    await this.remove((route) => !OWN.test(route) && route !== DEFINITIONS, {
      which: ({ route, item, namespaced }) => {
        const { name, namespace } = item.metadata ?? {};
        if (name === "kube-root-ca.crt") return false;
        // A namespace takes with it what is in it; service accounts of kube-system are the controllers'.
        if (namespaced && going.has(namespace)) return false;
        return !(route === "/api/v1/serviceaccounts" && namespace === "kube-system");
      },
    });
    await this.remove((route) => route === DEFINITIONS);
  }

  private async made(wanted: (route: string) => boolean): Promise<Listed[]> {
    return (await this.lists.objects(wanted)).filter((one) => !this.before.has(uidOf(one)));
  }

  /** Deletes what was made since, and waits until it is gone. */
  private async remove(
    wanted: (route: string) => boolean,
    {
      which = () => true,
      seconds = 30,
      query = "",
    }: { which?: (listed: Listed) => boolean; seconds?: number; query?: string } = {},
  ): Promise<void> {
    const doomed = (await this.made(wanted)).filter(which);
    const routes = new Set(doomed.map(({ route }) => route));
    const uids = new Set(doomed.map(uidOf));
    await Promise.all(
      doomed.map((one) => this.lists.request("DELETE", ClusterLists.routeOf(one) + query)),
    );
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const left = (await this.made((route) => routes.has(route))).filter((one) =>
        uids.has(uidOf(one)),
      );
      if (left.length === 0) return;
      if (Date.now() > deadline) {
        const names = left.map((one) => ClusterLists.routeOf(one) + remaining(one));
        throw new Error(`still there after ${String(seconds)} s: ${names.join(", ")}`);
      }
      await sleep(500);
    }
  }

  private async release(objects: readonly Listed[]): Promise<void> {
    const none = { metadata: { finalizers: null } };
    await Promise.all(
      objects.map((one) => this.lists.request("PATCH", ClusterLists.routeOf(one), none)),
    );
  }
}
