import type { PublicApp } from "./apps";

/** Who answers at a host: the plane's own name, one of its apps, or what the wildcard record leads to. */
export type Served = { by: "cluster" } | { by: "app"; app: string } | { by: "wildcard" };

/**
 * Tells of a host, in lower case, whether the proxies of the plane answer there, with Teleport's login.
 * Undefined if they do not.
 */
export function servedHosts(
  clusterName: string,
  published: readonly PublicApp[],
): (host: string) => Served | undefined {
  const apps = new Map(published.map(({ host, name }) => [host, name]));
  return (host) => {
    const app = apps.get(host);
    if (app !== undefined) return { by: "app", app };
    if (host === clusterName) return { by: "cluster" };
    return host.endsWith(`.${clusterName}`) ? { by: "wildcard" } : undefined;
  };
}
