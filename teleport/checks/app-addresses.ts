import { isIP } from "node:net";
import { entries, isSet, quoted } from "./fault";
import type { Check, Fault } from "./fault";
import { mapping, list, text } from "../values";

/** Apps declared as resources: what Teleport can route to (api/types/app.go). */

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Prefix by which proxies know Kubernetes traffic. */
const RESERVED = "kube-teleport-proxy-alpn.";

/** Headers that Teleport sets itself; a rewrite of them has no effect. */
const isReservedHeader = (name: string) =>
  /^(teleport-jwt-assertion|cf-access-token|x-teleport-.*|x-forwarded-.*)$/i.test(name);

function addressFault(address: string, clusterName: string): string | undefined {
  if (/^[a-z]+:\/\//i.test(address)) {
    return `is ${quoted(address)}, must be a host without scheme and path.`;
  }
  if (/:\d+$/.test(address)) {
    return `is ${quoted(address)}, and apps listen on the proxy's port: remove the port.`;
  }
  if (isIP(address) !== 0) {
    return `is ${quoted(address)}, and Teleport finds apps by name: give it a host below ${clusterName}.`;
  }
  if (address === clusterName) {
    return `is ${quoted(address)}, the proxy's own address: choose a host below it.`;
  }
  if (address.startsWith(RESERVED)) {
    return `is ${quoted(address)}, a name that Teleport keeps to itself: choose another.`;
  }
  const label = address.slice(0, -clusterName.length - 1);
  if (!address.endsWith(`.${clusterName}`) || !LABEL.test(label)) {
    return (
      `is ${quoted(address)}, outside what the proxy's certificate covers: use one label below ` +
      `${clusterName}, or leave it out.`
    );
  }
  return undefined;
}

/** Addresses, names and headers of apps. */
export const appAddresses: Check = (resources, { clusterName }) => {
  const hosts = new Map<string, string>();
  return entries(resources, "apps").flatMap(({ at, name, spec }) => {
    const faults: Fault[] = [];
    const given = text(spec["public_addr"]);
    const host = given === "" ? `${name}.${clusterName}` : given;
    const place = given === "" ? at : [...at, "spec", "public_addr"];
    if (!LABEL.test(name)) {
      faults.push({
        at,
        message: "is no DNS label (a-z, 0-9 and inner '-'), as apps' names are: rename it.",
      });
    } else {
      const message = given === "" ? undefined : addressFault(given, clusterName);
      if (message !== undefined) faults.push({ at: place, message });
    }
    const first = hosts.get(host);
    if (first === undefined) hosts.set(host, name);
    else {
      faults.push({
        at: place,
        message: `makes the host ${quoted(host)}, which the app ${quoted(first)} has already: change one of them.`,
      });
    }
    if (!isSet(spec["uri"]) && !isSet(spec["cloud"]) && !isSet(spec["mcp"])) {
      faults.push({
        at: [...at, "spec", "uri"],
        message: "is missing: the internal address, as an agent's pods reach it.",
      });
    }
    for (const [i, header] of list(mapping(spec["rewrite"])["headers"]).entries()) {
      const header_name = text(mapping(header)["name"]);
      if (isReservedHeader(header_name)) {
        faults.push({
          at: [...at, "spec", "rewrite", "headers", i, "name"],
          message: `is ${quoted(header_name)}, which Teleport sets itself: remove it.`,
        });
      }
    }
    return faults;
  });
};
