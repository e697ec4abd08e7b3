import * as k8s from "@kubernetes/client-node";
import { customObjects } from "./custom-objects";
import type { Wanted } from "./find-ids";
import { teleportReleases } from "./helm-releases";
import { get, getText } from "../../teleport/values";
import { shortType } from "../base/urn";

/** Secret that an object's controller writes; empty when it writes none. */
const secretOf = (object: unknown): string =>
  getText(object, "spec", "secretName") || getText(object, "spec", "destination", "name");

/**
 * What stands in the plane's namespace and is none of the program's: it stays as it is, and
 * nothing deploys it any more. One line each.
 */
export async function unmanagedObjects(
  config: k8s.KubeConfig,
  namespace: string,
  wanted: readonly Wanted[],
): Promise<string[]> {
  const own = new Set(
    wanted.map(({ type, inputs }) => {
      const name = getText(inputs, "metadata", "name") || getText(inputs, "name");
      return `${shortType(type)} ${name}`;
    }),
  );
  const [objects, releases] = await Promise.all([
    customObjects(config, namespace),
    teleportReleases(config.makeApiClient(k8s.CoreV1Api), namespace),
  ]);
  const others = objects.filter(({ kind, metadata }) => !own.has(`${kind} ${metadata.name}`));
  return [
    ...others.map((object) => {
      const secret = secretOf(object);
      const rival = wanted.find(
        ({ inputs }) => secret !== "" && secretOf(inputs) === secret && get(inputs, "kind"),
      );
      const text = `${object.kind} ${object.metadata.name}`;
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
