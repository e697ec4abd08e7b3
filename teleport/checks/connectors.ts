import { urlFault } from "../address";
import { quoted } from "../quoted";
import { mapping, text } from "../values";
import { entries, faultAt, isSet, missing, texts } from "./fault";
import type { At, Check, Entry, Fault } from "./fault";
import { networkFaults } from "./networks";

/** Connectors: where logins come back to, and where the provider is. */

/** Path at which the proxy takes logins of a connector (Teleport 18, lib/web/apiserver.go). */
const CALLBACKS: Record<string, (name: string) => string> = {
  githubConnectors: () => "/v1/webapi/github/callback",
  oidcConnectors: () => "/v1/webapi/oidc/callback",
  samlConnectors: (name) => `/v1/webapi/saml/acs/${name}`,
};

/** Where the provider sends people back to has to be the proxy, at the path of that kind of connector. */
function redirects(collection: string, { at, name, spec }: Entry, clusterName: string): Fault[] {
  const single = ["redirect_url", "acs"].filter((field) => typeof spec[field] === "string");
  const urls: [At, string][] = [
    ...single.map((field): [At, string] => [[...at, "spec", field], text(spec[field])]),
    ...texts(spec["redirect_url"]).map(([i, url]): [At, string] => [
      [...at, "spec", "redirect_url", i],
      url,
    ]),
  ];
  const callback = CALLBACKS[collection]?.(name) ?? "";
  // SAML connectors of older releases have no name in their path.
  const paths = [callback, ...(collection === "samlConnectors" ? ["/v1/webapi/saml/acs"] : [])];
  return urls.flatMap(([place, url]): Fault[] => {
    const { protocol, hostname, pathname, port } = URL.canParse(url)
      ? new URL(url)
      : { protocol: "", hostname: "", pathname: "", port: "0" };
    const ours = hostname === clusterName || hostname.endsWith(`.${clusterName}`);
    if (ours && protocol === "https:" && paths.includes(pathname) && port !== "0") return [];
    return faultAt(
      place,
      `is ${quoted(url)}, but logins return to https://${clusterName}${callback}: correct it.`,
    );
  });
}

function samlFaults({ at, spec }: Entry): Fault[] {
  if (isSet(spec["entity_descriptor"]) || isSet(spec["entity_descriptor_url"])) return [];
  return ["issuer", "sso", "cert"]
    .filter((field) => !isSet(spec[field]))
    .map((field) =>
      missing([...at, "spec", field], "set it, or entity_descriptor_url (or entity_descriptor)"),
    );
}

/** Where a login at the command line may lead to besides this machine. */
function redirectSettings({ at, spec }: Entry): Fault[] {
  const settings = mapping(spec["client_redirect_settings"]);
  const here = [...at, "spec", "client_redirect_settings"];
  return networkFaults(
    [...here, "insecure_allowed_cidr_ranges"],
    settings["insecure_allowed_cidr_ranges"],
  );
}

/** URLs of identity providers; Teleport fetches keys and metadata there. */
const PROVIDER_URLS: Record<string, readonly string[]> = {
  githubConnectors: ["endpoint_url", "api_endpoint_url"],
  oidcConnectors: ["issuer_url"],
  samlConnectors: ["entity_descriptor_url", "sso", "single_logout_url"],
};

function providerUrls(collection: string, { at, spec }: Entry): Fault[] {
  return (PROVIDER_URLS[collection] ?? []).flatMap((field): Fault[] => {
    const url = text(spec[field]);
    const place = [...at, "spec", field];
    if (url === "") return [];
    if (!/^https?:\/\//.test(url)) {
      return faultAt(place, `is ${quoted(url)}, must be an https:// address.`);
    }
    const fault = urlFault(url);
    if (fault !== undefined) return faultAt(place, fault);
    return url.startsWith("https:")
      ? []
      : faultAt(
          place,
          `is ${quoted(url)}, and whoever is on the way can answer for the provider: use https.`,
          { warning: true },
        );
  });
}

/** Addresses of connectors, and what a SAML connector needs to know of its provider. */
export const connectors: Check = (resources, { clusterName }) =>
  Object.keys(CALLBACKS).flatMap((collection) =>
    entries(resources, collection).flatMap((entry) => [
      ...redirects(collection, entry, clusterName),
      ...(collection === "samlConnectors" ? samlFaults(entry) : []),
      ...redirectSettings(entry),
      ...providerUrls(collection, entry),
    ]),
  );
