import { isIP } from "node:net";

/** Public hosts of apps: what the proxy can route to (api/types/app.go of Teleport 18). */

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Longest DNS name. */
const LONGEST_HOST = 253;

/** Prefix by which proxies know Kubernetes traffic. */
const RESERVED = "kube-teleport-proxy-alpn.";

/** What is wrong with a public host that is written down; undefined if nothing is. */
export function publicHostFault(
  host: string,
  clusterName: string,
  proxies: readonly string[] = [clusterName],
): string | undefined {
  const is = `is ${JSON.stringify(host)}`;
  if (/^[a-z]+:\/\//i.test(host)) return `${is}, must be a host without scheme and path.`;
  if (/:\d+$/.test(host)) return `${is}, and apps listen on the proxy's port: remove the port.`;
  if (isIP(host) !== 0) {
    return `${is}, and Teleport finds apps by name: give it a host below ${clusterName}.`;
  }
  if (host.length > LONGEST_HOST) {
    return `makes the host ${JSON.stringify(host)} of ${host.length} characters, and DNS allows ${LONGEST_HOST}: shorten the name.`;
  }
  if (proxies.includes(host)) return `${is}, the proxy's own address: choose a host below it.`;
  if (host.startsWith(RESERVED)) {
    return `${is}, a name that Teleport keeps to itself: choose another.`;
  }
  const label = host.slice(0, -clusterName.length - 1);
  if (host.endsWith(`.${clusterName}`) && LABEL.test(label)) return undefined;
  return (
    `${is}, outside what the proxy's certificate covers: use one label below ` +
    `${clusterName}, or leave it out.`
  );
}
