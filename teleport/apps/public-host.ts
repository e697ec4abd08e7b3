import { isIP } from "node:net";

/** Public hosts of apps. Source: api/types/app.go of Teleport 18. */

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

const LONGEST_HOST = 253;

/** Prefix with which proxies recognise Kubernetes traffic. */
const RESERVED = "kube-teleport-proxy-alpn.";

/** What is wrong with an app's public host. Undefined if nothing is. */
export function publicHostFault(
  host: string,
  clusterName: string,
  proxies: readonly string[] = [clusterName],
): string | undefined {
  const is = `is ${JSON.stringify(host)}`;
  if (/^[a-z]+:\/\//i.test(host)) return `${is}, must be a host without scheme and path.`;
  if (/:\d+$/.test(host)) return `${is}, but apps use the proxy's port: remove the port.`;
  if (isIP(host) !== 0) {
    return `${is}, but Teleport finds apps by name: use a host below ${clusterName}.`;
  }
  if (host.length > LONGEST_HOST) {
    return `makes the host ${JSON.stringify(host)} of ${host.length} characters, but DNS allows ${LONGEST_HOST}: shorten the name.`;
  }
  if (proxies.includes(host)) return `${is}, the proxy's own address: choose a host below it.`;
  if (host.startsWith(RESERVED)) {
    return `${is}, a name that Teleport reserves: choose another.`;
  }
  const label = host.slice(0, -clusterName.length - 1);
  if (host.endsWith(`.${clusterName}`) && LABEL.test(label)) return undefined;
  return (
    `${is}, which the proxy's certificate does not cover: use one label below ` +
    `${clusterName}, or remove it.`
  );
}
