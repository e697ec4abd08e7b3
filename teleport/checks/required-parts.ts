import { entries, isSet, texts } from "./fault";
import { quoted } from "../quoted";
import { cidrFault, hostPortFault, urlFault } from "../address";
import { databaseAddressFault } from "../database-address";
import type { At, Check, Declared, Entry, Fault } from "./fault";
import { mapping, list, text } from "../values";

/** Parts without which Teleport refuses a resource, though the CRD lets them be missing. */

/** Fields that a spec must have, and what they are. */
const NEEDED: Record<string, Record<string, string>> = {
  githubConnectors: {
    client_id: "the id of the OAuth app",
    redirect_url: "https://CLUSTER/v1/webapi/github/callback",
    teams_to_roles: "at least one team and its roles",
  },
  oidcConnectors: {
    client_id: "the client's id at the provider",
    issuer_url: "the provider's address",
    redirect_url: "https://CLUSTER/v1/webapi/oidc/callback",
    claims_to_roles: "at least one claim and its roles",
  },
  samlConnectors: {
    acs: "https://CLUSTER/v1/webapi/saml/acs/CONNECTOR",
    attributes_to_roles: "at least one attribute and its roles",
  },
  accessLists: { title: "what people see", owners: "at least one user who reviews it" },
  databases: { protocol: "such as postgres" },
  opensshServers: { addr: "HOST:PORT of the SSH server", hostname: "the name people use" },
  opensshEICEServers: { addr: "HOST:PORT of the SSH server", hostname: "the name people use" },
  trustedClusters: {
    token: "secret://NAME/KEY of the join token",
    web_proxy_addr: "HOST:PORT of the root cluster's proxy",
  },
};

/** Mappings of connectors: the list, and the keys that each entry needs. */
const MAPPINGS: Record<string, [field: string, keys: readonly string[]]> = {
  githubConnectors: ["teams_to_roles", ["organization", "team", "roles"]],
  oidcConnectors: ["claims_to_roles", ["claim", "value", "roles"]],
  samlConnectors: ["attributes_to_roles", ["name", "value", "roles"]],
  trustedClusters: ["role_map", ["remote", "local"]],
};

const missing = (at: At, what: string): Fault => ({ at, message: `is missing: ${what}.` });

function common(collection: string, { at, spec }: Entry, clusterName: string): Fault[] {
  const [list_, keys] = MAPPINGS[collection] ?? ["", []];
  return [
    ...Object.entries(NEEDED[collection] ?? {})
      .filter(([field]) => !isSet(spec[field]))
      .map(([field, what]) =>
        missing(
          [...at, "spec", field],
          what.replace("CLUSTER", clusterName).replace("CONNECTOR", String(at[1])),
        ),
      ),
    ...list(spec[list_]).flatMap((item, i) =>
      keys
        .filter((key) => !isSet(mapping(item)[key]))
        .map((key) =>
          missing([...at, "spec", list_, i, key], `each entry needs ${keys.join(", ")}`),
        ),
    ),
  ];
}

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
    return [
      {
        at: place,
        message: `is ${quoted(url)}, and logins come back to https://${clusterName}${callback}: correct it.`,
      },
    ];
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

function accessListFaults({ at, spec }: Entry): Fault[] {
  const grants = mapping(spec["grants"]);
  const nothing =
    list(grants["roles"]).length === 0 && !Object.keys(mapping(grants["traits"])).length;
  return [
    ...list(spec["owners"]).flatMap((owner, i) =>
      isSet(mapping(owner)["name"])
        ? []
        : [missing([...at, "spec", "owners", i, "name"], "the user who owns the list")],
    ),
    ...(nothing
      ? [missing([...at, "spec", "grants"], "the roles or traits that members get")]
      : []),
  ];
}

/** Membership kind of an owner that is an access list itself. */
const LIST_KINDS = [2, "2", "MEMBERSHIP_KIND_LIST"];

function ownerFaults({ at, spec }: Entry, resources: Declared): Fault[] {
  const known = Object.keys(mapping(resources["accessLists"]));
  return list(spec["owners"]).flatMap((owner, i): Fault[] => {
    const { name, membership_kind: kind } = mapping(owner);
    if (!LIST_KINDS.includes(kind as string) || known.includes(text(name))) return [];
    return [
      {
        at: [...at, "spec", "owners", i, "name"],
        message: `is ${quoted(name)}, which is no access list here: declare it under resources.accessLists, or correct it.`,
      },
    ];
  });
}

/** Databases of AWS whose address Teleport makes of region and account (api/types/database.go). */
const MADE_ADDRESS: Record<string, readonly string[]> = {
  dynamodb: [],
  cassandra: ["account_id", "region"],
};

function databaseFaults({ at, spec }: Entry): Fault[] {
  const needed = MADE_ADDRESS[text(spec["protocol"])];
  const made = needed?.every((field) => isSet(mapping(spec["aws"])[field])) === true;
  return isSet(spec["uri"]) || made
    ? []
    : [missing([...at, "spec", "uri"], "HOST:PORT, as an agent's pods reach it")];
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
      return [{ at: place, message: `is ${quoted(url)}, must be an https:// address.` }];
    }
    const fault = urlFault(url);
    if (fault !== undefined) return [{ at: place, message: fault }];
    return url.startsWith("https:")
      ? []
      : [
          {
            at: place,
            message: `is ${quoted(url)}, and whoever is on the way can answer for the provider: use https.`,
            warning: true,
          },
        ];
  });
}

/** Addresses of databases without a scheme and of servers. */
function addressFaults(collection: string, { at, spec }: Entry): Fault[] {
  const field = ADDRESSES[collection] ?? "";
  const address = text(spec[field]);
  if (address === "") return [];
  const fault =
    collection === "databases"
      ? databaseAddressFault(text(spec["protocol"]), address)
      : hostPortFault(address);
  return fault === undefined ? [] : [{ at: [...at, "spec", field], message: fault }];
}

/** Fields that hold HOST:PORT. */
const ADDRESSES: Record<string, string> = {
  databases: "uri",
  opensshServers: "addr",
  opensshEICEServers: "addr",
  trustedClusters: "web_proxy_addr",
};

function workloadFaults({ at, spec }: Entry): Fault[] {
  const id = text(mapping(spec["spiffe"])["id"]);
  const rules = list(mapping(spec["rules"])["allow"]).flatMap((rule, i): Fault[] => {
    const { conditions, expression } = mapping(rule);
    const place = [...at, "spec", "rules", "allow", i];
    return isSet(conditions) && isSet(expression)
      ? [{ at: place, message: "has both conditions and expression: keep one of them." }]
      : [];
  });
  if (id.startsWith("/")) return rules;
  return [
    {
      at: [...at, "spec", "spiffe", "id"],
      message:
        id === ""
          ? "is missing: the path of the SPIFFE id, such as /svc/api."
          : `is ${quoted(id)}, must start with "/".`,
    },
    ...rules,
  ];
}

/** Parts of the SPIFFE, impersonation and database rules of a role (api/types/role.go of Teleport 18). */
function roleFaults({ at, spec }: Entry): Fault[] {
  return ["allow", "deny"].flatMap((side) => {
    const conditions = mapping(spec[side]);
    const here = [...at, "spec", side];
    const { where } = mapping(conditions["impersonate"]);
    return [
      ...list(conditions["spiffe"]).flatMap((rule, i) =>
        spiffeFaults([...here, "spiffe", i], rule),
      ),
      ...list(conditions["db_permissions"]).flatMap((rule, i) =>
        permissionFaults([...here, "db_permissions", i, "permissions"], rule, side),
      ),
      ...(side === "deny" && isSet(where)
        ? [{ at: [...here, "impersonate", "where"], message: "goes below allow only: remove it." }]
        : []),
    ];
  });
}

function spiffeFaults(at: At, rule: unknown): Fault[] {
  const { path, ip_sans: networks } = mapping(rule);
  const isPath = text(path).startsWith("/") || /^\^.*\$$/.test(text(path));
  const form = 'must start with "/", or be a regular expression from ^ to $';
  return [
    ...(isPath
      ? []
      : [
          {
            at: [...at, "path"],
            message: isSet(path) ? `is ${quoted(path)}, ${form}.` : `is missing: it ${form}.`,
          },
        ]),
    ...networkFaults([...at, "ip_sans"], networks),
  ];
}

const networkFaults = (at: At, networks: unknown): Fault[] =>
  texts(networks).flatMap(([i, network]): Fault[] => {
    const message = cidrFault(network);
    return message === undefined ? [] : [{ at: [...at, i], message }];
  });

/** Where a login at the command line may lead to besides this machine. */
function redirectSettings({ at, spec }: Entry): Fault[] {
  const settings = mapping(spec["client_redirect_settings"]);
  const here = [...at, "spec", "client_redirect_settings"];
  return networkFaults(
    [...here, "insecure_allowed_cidr_ranges"],
    settings["insecure_allowed_cidr_ranges"],
  );
}

function permissionFaults(at: At, rule: unknown, side: string): Fault[] {
  const permissions = texts(mapping(rule)["permissions"]);
  if (permissions.length === 0) return [missing(at, "such as SELECT, on the objects of match")];
  return permissions
    .filter(([, one]) => side === "allow" && one === "*")
    .map(([i]) => ({
      at: [...at, i],
      message: 'is "*", which only deny takes: name permissions.',
    }));
}

function loginRuleFaults({ at, spec }: Entry): Fault[] {
  const both = [spec["traits_map"], spec["traits_expression"]].filter(isSet).length;
  const braces = Object.entries(mapping(spec["traits_map"])).flatMap(([trait, values]) =>
    texts(values)
      .filter(([, value]) => /\{\{|\}\}/.test(value))
      .map(([i, value]) => ({
        at: [...at, "spec", "traits_map", trait, i],
        message: `is ${quoted(value)}, and login rules take expressions: write it without braces, such as external.${trait}.`,
      })),
  );
  if (both === 1) return braces;
  return [
    {
      at: [...at, "spec"],
      message:
        both === 0
          ? "has neither traits_map nor traits_expression: set one of them."
          : "has both traits_map and traits_expression: keep one of them.",
    },
    ...braces,
  ];
}

function extra(collection: string, entry: Entry, clusterName: string): Fault[] {
  switch (collection) {
    case "githubConnectors":
    case "oidcConnectors":
      return redirects(collection, entry, clusterName);
    case "samlConnectors":
      return [...redirects(collection, entry, clusterName), ...samlFaults(entry)];
    case "accessLists":
      return accessListFaults(entry);
    case "databases":
      return databaseFaults(entry);
    case "workloadIdentities":
      return workloadFaults(entry);
    case "roles":
      return roleFaults(entry);
    case "loginRules":
      return loginRuleFaults(entry);
    default:
      return [];
  }
}

/** Parts that connectors, access lists, databases, servers and others need. */
export const requiredParts: Check = (resources, { clusterName }) =>
  Object.keys(resources).flatMap((collection) =>
    entries(resources, collection).flatMap((entry) => [
      ...common(collection, entry, clusterName),
      ...extra(collection, entry, clusterName),
      ...addressFaults(collection, entry),
      ...redirectSettings(entry),
      ...providerUrls(collection, entry),
      ...(collection === "accessLists" ? ownerFaults(entry, resources) : []),
    ]),
  );
