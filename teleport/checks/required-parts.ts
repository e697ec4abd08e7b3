import { entries, faultAt, isSet, missing, texts } from "./fault";
import { quoted } from "../quoted";
import { hostPortFault } from "../address";
import { databaseFaults, databaseNameFault } from "../database-faults";
import type { Check, Declared, Entry, Fault } from "./fault";
import { isObjectName } from "./names";
import { mapping, list, text } from "../values";

/** Parts without which Teleport refuses a resource, though the CRD lets them be missing. */

/** Required fields of specs, with their descriptions. */
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

/** Mappings of connectors: the list, and the required keys of its entries. */
const MAPPINGS: Record<string, [field: string, keys: readonly string[]]> = {
  githubConnectors: ["teams_to_roles", ["organization", "team", "roles"]],
  oidcConnectors: ["claims_to_roles", ["claim", "value", "roles"]],
  samlConnectors: ["attributes_to_roles", ["name", "value", "roles"]],
  trustedClusters: ["role_map", ["remote", "local"]],
};

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

/** Membership kind of an owner that is an access list. */
const LIST_KINDS = [2, "2", "MEMBERSHIP_KIND_LIST"];

function ownerFaults({ at, spec }: Entry, resources: Declared): Fault[] {
  const known = Object.keys(mapping(resources["accessLists"]));
  return list(spec["owners"]).flatMap((owner, i): Fault[] => {
    const { name, membership_kind: kind } = mapping(owner);
    if (!LIST_KINDS.includes(kind as string) || known.includes(text(name))) return [];
    return faultAt(
      [...at, "spec", "owners", i, "name"],
      `is ${quoted(name)}, which is not an access list here: declare it under resources.accessLists, or correct it.`,
    );
  });
}

/** Databases: names and all other faults. */
function databases({ at, name, spec }: Entry): Fault[] {
  return [
    // names.ts reports names that Kubernetes refuses, too.
    ...(isObjectName(name) ? faultAt(at, databaseNameFault(name)) : []),
    ...databaseFaults(spec).map((fault) => ({
      ...fault,
      at: [...at, "spec", ...fault.at],
      involves: fault.involves?.map((path) => [...at, "spec", ...path]),
    })),
  ];
}

function addressFaults(collection: string, { at, spec }: Entry): Fault[] {
  const field = ADDRESSES[collection] ?? "";
  const address = text(spec[field]);
  if (address === "") return [];
  const fault = hostPortFault(address);
  return fault === undefined ? [] : faultAt([...at, "spec", field], fault);
}

/** Fields with HOST:PORT. */
const ADDRESSES: Record<string, string> = {
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
      ? faultAt(place, "has both conditions and expression: keep one of them.")
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

function extra(collection: string, entry: Entry): Fault[] {
  switch (collection) {
    case "accessLists":
      return accessListFaults(entry);
    case "databases":
      return databases(entry);
    case "workloadIdentities":
      return workloadFaults(entry);
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
      ...extra(collection, entry),
      ...addressFaults(collection, entry),
      ...(collection === "accessLists" ? ownerFaults(entry, resources) : []),
    ]),
  );
