import { hasPortZero } from "../address";
import { publicHostFault } from "../apps/public-host";
import {
  headerNameFault,
  headerValueFaults,
  trustedHeaderAdvice,
  trustedTrait,
} from "../headers/rules";
import { entries, isSet, quoted } from "./fault";
import type { At, Check, Fault } from "./fault";
import { mapping, list, text } from "../values";

/** Apps declared as resources: what Teleport can route to (api/types/app.go). */

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

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
      const message = given === "" ? undefined : publicHostFault(given, clusterName);
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
    faults.push(...uriFaults([...at, "spec", "uri"], text(spec["uri"])));
    faults.push(...headerFaults([...at, "spec", "rewrite", "headers"], mapping(spec["rewrite"])));
    return faults;
  });
};

const URI = /^(https?|tcp|mcp\+(sse\+)?https?|cloud|mcp\+stdio):\/\//;

function uriFaults(at: At, uri: string): Fault[] {
  if (uri === "") return [];
  const wrong = (message: string) => [{ at, message: `is ${quoted(uri)}, ${message}` }];
  if (!URI.test(uri))
    return wrong("must be an http://, https://, tcp:// or mcp+http(s):// address.");
  const plain = uri.replace(/^mcp\+(sse\+)?/, "");
  if (!/^(http|tcp)/.test(plain)) return [];
  if (!URL.canParse(plain) || /\s/.test(uri))
    return wrong("and its host or its port is not valid.");
  if (hasPortZero(plain)) return wrong("and ports are 1-65535.");
  return plain.startsWith("tcp:") && new URL(plain).port === ""
    ? wrong("and a tcp app needs a port: tcp://HOST:PORT.")
    : [];
}

function headerFaults(at: At, rewrite: Readonly<Record<string, unknown>>): Fault[] {
  const seen = new Map<string, number>();
  return list(rewrite["headers"]).flatMap((header, i): Fault[] => {
    const name = text(mapping(header)["name"]);
    const value = text(mapping(header)["value"]);
    const nameFault = headerNameFault(name, quoted(name));
    const trait = trustedTrait(name, value);
    const first = seen.get(name.toLowerCase());
    if (first === undefined) seen.set(name.toLowerCase(), i);
    return [
      ...(nameFault === undefined ? [] : [{ at: [...at, i, "name"], message: nameFault }]),
      ...(first === undefined
        ? []
        : [
            {
              at: [...at, i, "name"],
              message: `is ${quoted(name)}, which headers[${first}] sets already: keep one of them.`,
            },
          ]),
      ...headerValueFaults(value).map((message) => ({ at: [...at, i, "value"], message })),
      ...(trait === undefined
        ? []
        : [{ at: [...at, i, "value"], message: trustedHeaderAdvice(name, trait), warning: true }]),
    ];
  });
}
