import type { KubeReader } from "../clients/kubernetes";
import type { Wanted } from "./find-ids";
import { teleportReleases } from "./helm-releases";
import { planeObjects } from "./plane-objects";
import { get, getText } from "../../teleport/values";
import { objectPlace, shortType } from "../base/urn";

/** Name of the Secret that an object's controller writes. Empty if it writes none. */
const secretOf = (object: unknown): string =>
  getText(object, "spec", "secretName") || getText(object, "spec", "destination", "name");

/**
 * Objects in the plane's namespace that the program does not manage, one line each. They stay, but nothing
 * deploys them any more.
 */
export async function unmanagedObjects(
  kubernetes: KubeReader,
  namespace: string,
  wanted: readonly Wanted[],
): Promise<string[]> {
  const own = new Set(
    wanted.map(({ type, inputs }) => `${shortType(type)} ${objectPlace(type, inputs)?.name ?? ""}`),
  );
  const [objects, releases] = await Promise.all([
    planeObjects(kubernetes, namespace),
    teleportReleases(kubernetes, namespace),
  ]);
  const others = objects.filter(
    ({ kind, metadata }) => !own.has(`${kind} ${metadata?.name ?? ""}`),
  );
  return [
    ...others.map((object) => {
      const secret = secretOf(object);
      const rival = wanted.find(
        ({ inputs }) => secret !== "" && secretOf(inputs) === secret && get(inputs, "kind"),
      );
      const text = `${object.kind} ${object.metadata?.name ?? ""}`;
      return rival === undefined
        ? text
        : `${text}: writes Secret ${secret}, as the program's ${shortType(rival.type)} ` +
            `${getText(rival.inputs, "metadata", "name")} does; delete it before the first update`;
    }),
    ...releases
      .filter(({ name }) => !own.has(`Release ${name}`))
      .map(({ name, chart }) => `Release ${name} of ${chart}`),
  ];
}
