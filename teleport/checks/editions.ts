import { type At, type Check, entries, type Fault, isSet } from "./fault";
import { quoted } from "../quoted";
import { ALL_KINDS, kindInfo } from "../resources/kinds";
import { mapping, list, text } from "../values";

/** What the community edition does not have, and says so late or never. */

/** Collections whose kinds have a controller only with an Enterprise licence. */
const ENTERPRISE_COLLECTIONS = ALL_KINDS.map(kindInfo)
  .filter(({ enterprise }) => enterprise)
  .map(({ collection }) => collection);

const REMEDY = 'remove it, or set teleport.edition "enterprise".';

const refused = (at: At, what: string): Fault => ({
  at,
  message: `${what} of the enterprise edition, but teleport.edition is "community": ${REMEDY}`,
});

/** Fields of roles that Teleport refuses (lib/auth, checkRoleFeatureSupport). */
function roleFaults(at: At, spec: Readonly<Record<string, unknown>>): Fault[] {
  const options = mapping(spec["options"]);
  const allow = mapping(spec["allow"]);
  const request = mapping(allow["request"]);
  const found: [boolean, string[]][] = [
    [options["pin_source_ip"] === true, ["options", "pin_source_ip"]],
    [Number(options["max_sessions"] ?? 0) > 0, ["options", "max_sessions"]],
    [["always", "reason"].includes(text(options["request_access"])), ["options", "request_access"]],
    [list(request["thresholds"]).length > 0, ["allow", "request", "thresholds"]],
    [list(request["search_as_roles"]).length > 0, ["allow", "request", "search_as_roles"]],
    [Object.values(mapping(allow["review_requests"])).some(isSet), ["allow", "review_requests"]],
  ];
  return found
    .filter(([is]) => is)
    .map(([, path]) => refused([...at, "spec", ...path], "is a feature"));
}

/** Join methods that only the enterprise edition serves. */
function tokenFaults(at: At, spec: Readonly<Record<string, unknown>>): Fault[] {
  const method = text(spec["join_method"]);
  if (method === "tpm" || method === "spacelift") {
    return [refused([...at, "spec", "join_method"], `is ${quoted(method)}, a join method`)];
  }
  const own: [string, string][] = [
    ["github", "enterprise_server_host"],
    ["github", "enterprise_slug"],
    ["terraform_cloud", "hostname"],
  ];
  return own
    .filter(([key, field]) => isSet(mapping(spec[key])[field]))
    .map(([key, field]) => refused([...at, "spec", key, field], "is a feature"));
}

/** Enterprise kinds and features on the community edition. */
export const editions: Check = (resources, { edition }) => {
  if (edition === "enterprise") return [];
  return [
    ...ENTERPRISE_COLLECTIONS.filter(
      (collection) => Object.keys(mapping(resources[collection])).length > 0,
    ).map((collection) => ({
      at: [collection],
      message:
        'are of the enterprise edition, but teleport.edition is "community", whose operator would ' +
        `never process them: ${REMEDY.replace("it,", "them,")}`,
    })),
    ...entries(resources, "roles").flatMap(({ at, spec }) => roleFaults(at, spec)),
    ...entries(resources, "provisionTokens").flatMap(({ at, spec }) => tokenFaults(at, spec)),
    ...entries(resources, "githubConnectors").flatMap(({ at, spec }) =>
      [
        ["endpoint_url", "https://github.com"],
        ["api_endpoint_url", "https://api.github.com"],
      ]
        .filter(([field = "", own]) => isSet(spec[field]) && spec[field] !== own)
        .map(([field = ""]) =>
          refused(
            [...at, "spec", field],
            `is ${quoted(spec[field])}, but GitHub Enterprise Server is a feature`,
          ),
        ),
    ),
  ];
};
