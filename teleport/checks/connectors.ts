import { urlFault } from "../address";
import { quoted } from "../quoted";
import { isCertificate } from "../certificates";
import { get, list, mapping, text } from "../values";
import { entries, faultAt, isSet, missing, texts, when } from "./fault";
import type { At, Check, Entry, Fault, PlaneFacts } from "./fault";
import { valueFault } from "./label-selectors";
import { networkFaults } from "./networks";

/** Connectors: where logins come back to, and where the provider is. */

/** Path at which the proxy takes logins of a connector (Teleport 18, lib/web/apiserver.go). */
const CALLBACKS: Record<string, (name: string) => string> = {
  githubConnectors: () => "/v1/webapi/github/callback",
  oidcConnectors: () => "/v1/webapi/oidc/callback",
  samlConnectors: (name) => `/v1/webapi/saml/acs/${name}`,
};

/** A redirect URL must be the proxy's, with the path of the connector's kind. */
function redirects(
  collection: string,
  { at, name, spec }: Entry,
  { clusterName, proxies, ports = [443] }: PlaneFacts,
): Fault[] {
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
    const { origin, hostname, pathname, port, href } = URL.canParse(url)
      ? new URL(url)
      : { origin: "", hostname: "", pathname: "", port: "0", href: "" };
    const ours =
      [clusterName, ...proxies].includes(hostname) && ports.includes(Number(port || 443));
    // No query, no fragment, and https.
    const plain = origin.startsWith("https:") && href === origin + pathname;
    if (ours && plain && paths.includes(pathname)) return [];
    return faultAt(
      place,
      `is ${quoted(url)}, but logins return to https://${clusterName}${callback}: correct it.`,
    );
  });
}

/** Fields of SAML connectors with certificates. */
const CERTIFICATES: At[] = [["cert"], ["signing_key_pair", "cert"], ["assertion_key_pair", "cert"]];

function samlFaults({ at, spec }: Entry): Fault[] {
  const descriptor = text(spec["entity_descriptor"]);
  const here: At = [...at, "spec"];
  return [
    ...when(
      descriptor !== "" && !/<(\w+:)?EntityDescriptor\b/.test(descriptor),
      [...here, "entity_descriptor"],
      "is no XML with an EntityDescriptor: paste the provider's metadata, or set entity_descriptor_url.",
    ),
    ...CERTIFICATES.flatMap((path) => {
      const pem = get(spec, ...path);
      const message = "is not a certificate in PEM: paste the whole certificate.";
      return when(isSet(pem) && !isCertificate(text(pem)), [...here, ...path], message);
    }),
    ...providerParts(spec, here),
  ];
}

function providerParts(spec: Entry["spec"], here: At): Fault[] {
  if (isSet(spec["entity_descriptor"]) || isSet(spec["entity_descriptor_url"])) return [];
  return ["issuer", "sso", "cert"]
    .filter((field) => !isSet(spec[field]))
    .map((field) =>
      missing([...here, field], "set it, or entity_descriptor_url (or entity_descriptor)"),
    );
}

/** Other addresses than this machine to which a login on the command line may redirect. */
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
    if (field === "issuer_url" && url.includes("/.well-known/")) {
      const issuer = url.replace(/\/\.well-known\/.*$/, "");
      return faultAt(
        place,
        `is ${quoted(url)}, to which Teleport adds that path itself: write ${issuer}.`,
      );
    }
    if (!/^https?:\/\//i.test(url)) {
      return faultAt(place, `is ${quoted(url)}, must be an https:// address.`);
    }
    const fault = urlFault(url);
    if (fault !== undefined) return faultAt(place, fault);
    return /^https:/i.test(url)
      ? []
      : faultAt(
          place,
          `is ${quoted(url)}, so an attacker on the network can answer for the provider: use https.`,
          { warning: true },
        );
  });
}

/** Mappings with values that may be patterns: the list, and its key. */
const PATTERNS: Record<string, string> = {
  oidcConnectors: "claims_to_roles",
  samlConnectors: "attributes_to_roles",
};

const patterns = (collection: string, { at, spec }: Entry): Fault[] => {
  const field = PATTERNS[collection] ?? "";
  return list(spec[field]).flatMap((item, i) => {
    const value = text(mapping(item)["value"]);
    return faultAt(
      [...at, "spec", field, i, "value"],
      value === "" ? undefined : valueFault(value),
    );
  });
};

/** Addresses of connectors, and what a SAML connector needs to know of its provider. */
export const connectors: Check = (resources, around) =>
  Object.keys(CALLBACKS).flatMap((collection) =>
    entries(resources, collection).flatMap((entry) => [
      ...redirects(collection, entry, around),
      ...patterns(collection, entry),
      ...(collection === "samlConnectors" ? samlFaults(entry) : []),
      ...redirectSettings(entry),
      ...providerUrls(collection, entry),
    ]),
  );
