import { entries, Field, type Check, type Fault } from "./fault";
import { quoted } from "../quoted";
import { ALL_KINDS, kindInfo } from "../resources/kinds";

/** What the community edition does not have, and says so late or never. */

/** Collections whose kinds have a controller only with an Enterprise licence. */
const ENTERPRISE_COLLECTIONS = ALL_KINDS.map(kindInfo)
  .filter(({ enterprise }) => enterprise)
  .map(({ collection }) => collection);

const remedy = (setting: string) => `remove it, or set ${setting} "enterprise".`;
const REMEDY = remedy("teleport.edition");

const refused = (field: Field, what: string, setting = "teleport.edition"): Fault[] =>
  field.fault(
    `${what} of the enterprise edition, but ${setting} is "community": ${remedy(setting)}`,
  );

/** Protocols of databases (lib/srv/db/common/enterprise). */
const ENTERPRISE_PROTOCOLS = ["oracle"];

/**
 * Faults of a database's protocol on the community edition, whose agents do not start with it. `setting` is the
 * setting of the edition.
 */
export function protocolFaults(spec: Field, setting?: string): Fault[] {
  const protocol = spec.get("protocol");
  return ENTERPRISE_PROTOCOLS.includes(protocol.text)
    ? refused(protocol, `is ${quoted(protocol.value)}, a protocol`, setting)
    : [];
}

/** Fields of roles that Teleport refuses (lib/auth, checkRoleFeatureSupport). */
function roleFaults(spec: Field): Fault[] {
  const options = spec.get("options");
  const found: [Field, (field: Field) => boolean][] = [
    [options.get("pin_source_ip"), ({ value }) => value === true],
    [options.get("max_sessions"), ({ value }) => Number(value ?? 0) > 0],
    [options.get("request_access"), ({ text }) => ["always", "reason"].includes(text)],
    [spec.get("allow", "request", "thresholds"), (field) => field.items().length > 0],
    [spec.get("allow", "request", "search_as_roles"), (field) => field.items().length > 0],
    [spec.get("allow", "review_requests"), (field) => field.entries().some(([, one]) => one.isSet)],
  ];
  return found.flatMap(([field, is]) => (is(field) ? refused(field, "is a feature") : []));
}

/** Join methods that only the enterprise edition serves. */
function tokenFaults(spec: Field): Fault[] {
  const method = spec.get("join_method");
  if (method.text === "tpm" || method.text === "spacelift") {
    return refused(method, `is ${quoted(method.text)}, a join method`);
  }
  return [
    spec.get("github", "enterprise_server_host"),
    spec.get("github", "enterprise_slug"),
    spec.get("terraform_cloud", "hostname"),
  ].flatMap((field) => (field.isSet ? refused(field, "is a feature") : []));
}

/** Addresses of connectors to github.com. */
const GITHUB = [
  ["endpoint_url", "https://github.com"],
  ["api_endpoint_url", "https://api.github.com"],
] as const;

const gitHubFaults = (spec: Field): Fault[] =>
  GITHUB.flatMap(([field, own]) => {
    const url = spec.get(field);
    return url.isSet && url.value !== own
      ? refused(url, `is ${quoted(url.value)}, but GitHub Enterprise Server is a feature`)
      : [];
  });

/** Enterprise kinds and features on the community edition. */
export const editions: Check = (resources, { edition }) => {
  if (edition === "enterprise") return [];
  const all = new Field(resources);
  return [
    ...ENTERPRISE_COLLECTIONS.flatMap((collection) =>
      all
        .get(collection)
        .when(
          all.entries(collection).length > 0,
          'are of the enterprise edition, but teleport.edition is "community", whose operator would ' +
            `never process them: ${REMEDY.replace("it,", "them,")}`,
        ),
    ),
    ...entries(resources, "roles").flatMap(({ spec }) => roleFaults(spec)),
    ...entries(resources, "provisionTokens").flatMap(({ spec }) => tokenFaults(spec)),
    ...entries(resources, "databases").flatMap(({ spec }) => protocolFaults(spec)),
    ...entries(resources, "githubConnectors").flatMap(({ spec }) => gitHubFaults(spec)),
  ];
};
