import { urlFault } from "../address";
import { quoted } from "../quoted";
import { isCertificate } from "../certificates";
import {
  entries,
  type At,
  type Check,
  type Entry,
  type Fault,
  type Field,
  type PlaneFacts,
} from "./fault";
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
  { name, spec }: Entry,
  { clusterName, proxies, ports = [443] }: PlaneFacts,
): Fault[] {
  const single = [spec.get("redirect_url"), spec.get("acs")];
  const urls = [
    ...single.filter(({ value }) => typeof value === "string"),
    ...spec.texts("redirect_url"),
  ];
  const callback = CALLBACKS[collection]?.(name) ?? "";
  // SAML connectors of older releases have no name in their path.
  const paths = [callback, ...(collection === "samlConnectors" ? ["/v1/webapi/saml/acs"] : [])];
  return urls.flatMap((url): Fault[] => {
    const { origin, hostname, pathname, port, href } = URL.canParse(url.text)
      ? new URL(url.text)
      : { origin: "", hostname: "", pathname: "", port: "0", href: "" };
    const ours =
      [clusterName, ...proxies].includes(hostname) && ports.includes(Number(port || 443));
    // No query, no fragment, and https.
    const plain = origin.startsWith("https:") && href === origin + pathname;
    return url.when(
      !(ours && plain && paths.includes(pathname)),
      `is ${quoted(url.text)}, but logins return to https://${clusterName}${callback}: correct it.`,
    );
  });
}

/** Fields of SAML connectors with certificates. */
const CERTIFICATES: At[] = [["cert"], ["signing_key_pair", "cert"], ["assertion_key_pair", "cert"]];

function samlFaults(spec: Field): Fault[] {
  const descriptor = spec.get("entity_descriptor");
  const described = descriptor.isSet || spec.get("entity_descriptor_url").isSet;
  return [
    ...descriptor.when(
      descriptor.text !== "" && !/<(\w+:)?EntityDescriptor\b/.test(descriptor.text),
      "is no XML with an EntityDescriptor: paste the provider's metadata, or set entity_descriptor_url.",
    ),
    ...CERTIFICATES.map((path) => spec.get(...path)).flatMap((pem) =>
      pem.when(
        pem.isSet && !isCertificate(pem.text),
        "is not a certificate in PEM: paste the whole certificate.",
      ),
    ),
    ...(described ? [] : ["issuer", "sso", "cert"]).flatMap((field) =>
      spec.get(field).needed("set it, or entity_descriptor_url (or entity_descriptor)"),
    ),
  ];
}

/** URLs of identity providers; Teleport fetches keys and metadata there. */
const PROVIDER_URLS: Record<string, readonly string[]> = {
  githubConnectors: ["endpoint_url", "api_endpoint_url"],
  oidcConnectors: ["issuer_url"],
  samlConnectors: ["entity_descriptor_url", "sso", "single_logout_url"],
};

function providerUrlFaults(field: string, address: Field): Fault[] {
  const url = address.text;
  if (url === "") return [];
  if (field === "issuer_url" && url.includes("/.well-known/")) {
    const issuer = url.replace(/\/\.well-known\/.*$/, "");
    return address.fault(
      `is ${quoted(url)}, to which Teleport adds that path itself: write ${issuer}.`,
    );
  }
  if (!/^https?:\/\//i.test(url)) {
    return address.fault(`is ${quoted(url)}, must be an https:// address.`);
  }
  const fault = urlFault(url);
  if (fault !== undefined) return address.fault(fault);
  return address.when(
    !/^https:/i.test(url),
    `is ${quoted(url)}, so an attacker on the network can answer for the provider: use https.`,
    { warning: true },
  );
}

/** Mappings with values that may be patterns. */
const PATTERNS: Record<string, string> = {
  oidcConnectors: "claims_to_roles",
  samlConnectors: "attributes_to_roles",
};

const patternFaults = (collection: string, spec: Field): Fault[] =>
  spec
    .items(PATTERNS[collection] ?? "")
    .map((item) => item.get("value"))
    .flatMap((value) => (value.text === "" ? [] : value.fault(valueFault(value.text))));

/** Addresses of connectors, and what a SAML connector needs to know of its provider. */
export const connectors: Check = (resources, around) =>
  Object.keys(CALLBACKS).flatMap((collection) =>
    entries(resources, collection).flatMap((entry) => [
      ...redirects(collection, entry, around),
      ...patternFaults(collection, entry.spec),
      ...(collection === "samlConnectors" ? samlFaults(entry.spec) : []),
      // Other addresses than this machine to which a login on the command line may redirect.
      ...networkFaults(entry.spec.get("client_redirect_settings", "insecure_allowed_cidr_ranges")),
      ...(PROVIDER_URLS[collection] ?? []).flatMap((field) =>
        providerUrlFaults(field, entry.spec.get(field)),
      ),
    ]),
  );
