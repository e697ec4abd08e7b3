import { quoted } from "../quoted";
import { hostPortFault } from "../address";
import { databaseFaults, databaseNameFault } from "../database-faults";
import { entries, type Check, type Declared, type Entry, type Fault } from "./fault";
import { isObjectName } from "./names";
import { mapping } from "../values";

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

function common(collection: string, { name, spec }: Entry, clusterName: string): Fault[] {
  const [mappings, keys] = MAPPINGS[collection] ?? ["", []];
  return [
    ...Object.entries(NEEDED[collection] ?? {}).flatMap(([field, what]) =>
      spec.get(field).needed(what.replace("CLUSTER", clusterName).replace("CONNECTOR", name)),
    ),
    ...spec
      .items(mappings)
      .flatMap((item) => keys.map((key) => item.get(key)))
      .flatMap((field) => field.needed(`each entry needs ${keys.join(", ")}`)),
  ];
}

/** Membership kind of an owner that is an access list. */
const LIST_KINDS: unknown[] = [2, "2", "MEMBERSHIP_KIND_LIST"];

function accessListFaults({ spec }: Entry, resources: Declared): Fault[] {
  const grants = spec.get("grants");
  const known = Object.keys(mapping(resources["accessLists"]));
  const nothing = grants.items("roles").length + grants.entries("traits").length === 0;
  const owners = spec.items("owners");
  return [
    ...owners.flatMap((owner) => owner.get("name").needed("the user who owns the list")),
    ...grants.when(nothing, "is missing: the roles or traits that members get."),
    ...owners
      .filter((owner) => LIST_KINDS.includes(owner.get("membership_kind").value))
      .map((owner) => owner.get("name"))
      .flatMap((name) =>
        name.when(
          !known.includes(name.text),
          `is ${quoted(name.value)}, which is not an access list here: declare it under resources.accessLists, or correct it.`,
        ),
      ),
  ];
}

/** Databases: names and all other faults. */
const databases = ({ name, entry, spec }: Entry): Fault[] => [
  // names.ts reports names that Kubernetes refuses, too.
  ...(isObjectName(name) ? entry.fault(databaseNameFault(name)) : []),
  ...databaseFaults(spec),
];

/** Fields with HOST:PORT. */
const ADDRESSES: Record<string, string> = {
  opensshServers: "addr",
  opensshEICEServers: "addr",
  trustedClusters: "web_proxy_addr",
};

function addressFaults(collection: string, { spec }: Entry): Fault[] {
  const address = spec.get(ADDRESSES[collection] ?? "");
  return address.text === "" ? [] : address.fault(hostPortFault(address.text));
}

function workloadFaults({ spec }: Entry): Fault[] {
  const id = spec.get("spiffe", "id");
  return [
    ...id.when(
      !id.text.startsWith("/"),
      id.text === ""
        ? "is missing: the path of the SPIFFE id, such as /svc/api."
        : `is ${quoted(id.text)}, must start with "/".`,
    ),
    ...spec
      .items("rules", "allow")
      .flatMap((rule) =>
        rule.when(
          rule.get("conditions").isSet && rule.get("expression").isSet,
          "has both conditions and expression: keep one of them.",
        ),
      ),
  ];
}

function loginRuleFaults({ spec }: Entry): Fault[] {
  const [map, expression] = [spec.get("traits_map").isSet, spec.get("traits_expression").isSet];
  return [
    ...spec.when(
      !map && !expression,
      "has neither traits_map nor traits_expression: set one of them.",
    ),
    ...spec.when(map && expression, "has both traits_map and traits_expression: keep one of them."),
    ...spec
      .entries("traits_map")
      .flatMap(([trait, values]) =>
        values
          .texts()
          .flatMap((value) =>
            value.when(
              /\{\{|\}\}/.test(value.text),
              `is ${quoted(value.text)}, and login rules take expressions: write it without braces, such as external.${trait}.`,
            ),
          ),
      ),
  ];
}

const EXTRA: Record<string, (entry: Entry, resources: Declared) => Fault[]> = {
  accessLists: accessListFaults,
  databases,
  workloadIdentities: workloadFaults,
  loginRules: loginRuleFaults,
};

/** Parts that connectors, access lists, databases, servers and others need. */
export const requiredParts: Check = (resources, { clusterName }) =>
  Object.keys(resources).flatMap((collection) =>
    entries(resources, collection).flatMap((entry) => [
      ...common(collection, entry, clusterName),
      ...(EXTRA[collection]?.(entry, resources) ?? []),
      ...addressFaults(collection, entry),
    ]),
  );
