import { setTimeout as sleep } from "node:timers/promises";
import { ClusterLists, type Listed } from "./cluster-lists";

/** Kinds whose objects the control plane maintains. */
const OWN =
  /\/(events|leases|nodes|csinodes|endpoints|endpointslices|apiservices|flowschemas|prioritylevelconfigurations)$/;
const NAMESPACES = "/api/v1/namespaces";
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
/** Kinds whose running operators clean up after each deleted object. */
const RECONCILED = /^\/apis\/(resources\.teleport\.dev|secrets\.hashicorp\.com)\//;

/** Kinds whose controllers would create new pods. */
const WORKLOADS =
  /^\/apis\/(apps|batch)\/v1\/(daemonsets|deployments|replicasets|statefulsets|cronjobs|jobs)$/;
const PODS = "/api/v1/pods";

const uidOf = ({ item }: Listed) => item.metadata?.uid ?? "";

/** What a namespace waits for, according to its conditions. */
function remaining({ item }: Listed): string {
  const { status } = item as { status?: { conditions?: { status: string; message: string }[] } };
  const waits = (status?.conditions ?? []).filter((one) => one.status === "True");
  return waits.length === 0 ? "" : ` (${waits.map(({ message }) => message).join(" ")})`;
}

/** Deletes the objects that a cluster has got since a snapshot. Older objects keep their changes. */
export class ClusterWipe {
  private constructor(
    private readonly lists: ClusterLists,
    private readonly before: ReadonlySet<string>,
  ) {}

  /** Takes the snapshot. */
  static async from(kubeconfig: string): Promise<ClusterWipe> {
    const lists = new ClusterLists(kubeconfig);
    return new ClusterWipe(lists, new Set((await lists.objects()).map(uidOf)));
  }

  /** Deletes the newer objects. Throws if one still exists after 30 seconds. */
  async run(): Promise<void> {
    await this.remove((route) => RECONCILED.test(route), { seconds: 20 }).catch(async () => {
      // The operators no longer run.
      await this.removeFinalizers(await this.newer((route) => RECONCILED.test(route)));
    });
    // Deletes pods first: a namespace waits for half of their grace period, again and again.
    await this.remove((route) => WORKLOADS.test(route));
    await this.remove((route) => route === PODS, { query: "?gracePeriodSeconds=0" });
    const namespaces = await this.newer((route) => route === NAMESPACES);
    const going = new Set(namespaces.map(({ item }) => item.metadata?.name));
    await this.remove((route) => !OWN.test(route) && route !== DEFINITIONS, {
      which: ({ route, item, namespaced }) => {
        const { name, namespace } = item.metadata ?? {};
        if (name === "kube-root-ca.crt") return false;
        // Deleting a namespace deletes its objects. Controllers own the service accounts of kube-system.
        if (namespaced && going.has(namespace)) return false;
        return !(route === "/api/v1/serviceaccounts" && namespace === "kube-system");
      },
    });
    await this.remove((route) => route === DEFINITIONS);
  }

  private async newer(wanted: (route: string) => boolean): Promise<Listed[]> {
    return (await this.lists.objects(wanted)).filter((one) => !this.before.has(uidOf(one)));
  }

  /** Deletes newer objects, and waits until they are gone. */
  private async remove(
    wanted: (route: string) => boolean,
    {
      which = () => true,
      seconds = 30,
      query = "",
    }: { which?: (listed: Listed) => boolean; seconds?: number; query?: string } = {},
  ): Promise<void> {
    const doomed = (await this.newer(wanted)).filter(which);
    const routes = new Set(doomed.map(({ route }) => route));
    const uids = new Set(doomed.map(uidOf));
    await Promise.all(
      doomed.map((one) => this.lists.request("DELETE", ClusterLists.routeOf(one) + query)),
    );
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const left = (await this.newer((route) => routes.has(route))).filter((one) =>
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

  private async removeFinalizers(objects: readonly Listed[]): Promise<void> {
    const none = { metadata: { finalizers: null } };
    await Promise.all(
      objects.map((one) => this.lists.request("PATCH", ClusterLists.routeOf(one), none)),
    );
  }
}
