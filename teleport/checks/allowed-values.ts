import { didYouMean } from "../did-you-mean";
import { entries, type Check, type Fault, type Field } from "./fault";
import { quoted } from "../quoted";

/**
 * Values of fields that the CRDs leave open and Teleport refuses only when the operator sends them, or never
 * matches. From the descriptions in the CRDs of Teleport 18.3, and from api/types of Teleport 18: role.go,
 * constants.go, maintenance.go (days), accesslist, autoupdate/config.go, saml.go, oidc.go. Those of join rules are from
 * the join method guides of its documentation.
 */

const NUMBERS = (most: number) => Array.from({ length: most + 1 }, (_, i) => i);
const SIDES = ["allow", "deny"];
const onBothSides = (path: string) => SIDES.map((side) => `${side}.${path}`);

const VERBS = [
  "create",
  "read",
  "readnosecrets",
  "update",
  "delete",
  "list",
  "rotate",
  "use",
  "enroll",
  "create_enroll_token",
  "*",
];
const SESSION_KINDS = ["ssh", "k8s", "db", "app", "desktop", "*"];
const SESSION_MODES = ["observer", "moderator", "peer", "*"];
const MFA_WORDS = "yes yeah y true 1 on no nope n false 0 off".split(" ");
const MFA = [
  ...NUMBERS(5),
  "hardware_key",
  "hardware_key_touch",
  "hardware_key_pin",
  "hardware_key_touch_and_pin",
];

/** Database protocols (lib/defaults, DatabaseProtocols). */
export const DATABASE_PROTOCOLS = [
  "postgres",
  "mysql",
  "mongodb",
  "redis",
  "sqlserver",
  "cockroachdb",
  "clickhouse",
  "clickhouse-http",
  "cassandra",
  "elasticsearch",
  "opensearch",
  "oracle",
  "snowflake",
  "dynamodb",
  "spanner",
] as const;

/** Allowed values by path from the spec down, with `[]` after a list. */
type Allowed = Record<string, readonly (string | number)[]>;

const FORCE_AUTHN = ["FORCE_AUTHN_YES", "FORCE_AUTHN_NO"];

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** Fields whose values are case-insensitive in Teleport. */
const ANY_CASE = ["options.require_session_mfa", "agents.schedules.regular[].days[]"];

/** Values that are accepted but not suggested. */
const SILENT: Record<string, readonly (string | number)[]> = {
  "options.require_session_mfa": MFA_WORDS,
  "options.create_host_user_mode": ["drop", ...NUMBERS(4)],
  "options.create_db_user_mode": NUMBERS(3),
  "options.cert_extensions[].type": [0],
  "options.cert_extensions[].mode": [0],
  type: ["dynamic"],
  "agents.schedules.regular[].days[]":
    "monday tuesday wednesday thursday friday saturday sunday".split(" "),
  "tls.mode": NUMBERS(2),
  "audit.recurrence.frequency": [
    0,
    1,
    3,
    6,
    12,
    "1 month",
    "3 months",
    "6 months",
    "12 months",
    "1 year",
  ],
  "audit.recurrence.day_of_month": [0, 1, 15, 31, "first", "last"],
  "owners[].membership_kind": ["MEMBERSHIP_KIND_UNSPECIFIED", ...NUMBERS(2)],
  force_authn: ["FORCE_AUTHN_UNSPECIFIED", ...NUMBERS(2)],
  "mfa.force_authn": ["FORCE_AUTHN_UNSPECIFIED", ...NUMBERS(2)],
};

const same = (paths: readonly string[], values: readonly (string | number)[]): Allowed =>
  Object.fromEntries(paths.map((path) => [path, values]));

const TABLE: Record<string, Allowed> = {
  roles: {
    "options.cert_format": ["standard", "oldssh"],
    "options.cert_extensions[].type": ["ssh"],
    "options.cert_extensions[].mode": ["extension"],
    "options.create_db_user_mode": ["off", "keep", "best_effort_drop"],
    "options.create_host_user_mode": ["off", "keep", "insecure-drop"],
    "options.device_trust_mode": ["off", "optional", "required", "required-for-humans"],
    "options.enhanced_recording[]": ["command", "disk", "network"],
    "options.lock": ["strict", "best_effort"],
    "options.record_session.default": ["strict", "best_effort"],
    "options.record_session.ssh": ["strict", "best_effort"],
    "options.request_access": ["optional", "always", "reason"],
    "options.require_session_mfa": MFA,
    "allow.request.reason.mode": ["optional", "required"],
    "allow.require_session_join[].on_leave": ["terminate", "pause"],
    ...same(onBothSides("rules[].verbs[]"), VERBS),
    ...same(
      ["allow.join_sessions[].kinds[]", "allow.require_session_join[].kinds[]"],
      SESSION_KINDS,
    ),
    ...same(
      ["allow.join_sessions[].modes[]", "allow.require_session_join[].modes[]"],
      SESSION_MODES,
    ),
  },
  apps: {
    cloud: ["AWS", "Azure", "GCP"],
    "rewrite.jwt_claims": ["roles-and-traits", "roles", "traits", "none"],
  },
  databases: {
    protocol: DATABASE_PROTOCOLS,
    "tls.mode": ["verify-full", "verify-ca", "insecure"],
    "gcp.alloydb.endpoint_type": ["private", "public", "psc"],
  },
  oidcConnectors: {
    pkce_mode: ["enabled", "disabled"],
    request_object_mode: ["none", "signed"],
    "mfa.request_object_mode": ["none", "signed"],
    "entra_id_groups_provider.group_type": ["security-groups", "directory-roles", "all-groups"],
  },
  samlConnectors: {
    preferred_request_binding: ["http-redirect", "http-post"],
    force_authn: FORCE_AUTHN,
    "mfa.force_authn": FORCE_AUTHN,
  },
  accessLists: {
    type: ["static", "scim"],
    "audit.recurrence.frequency": ["1", "3", "6", "12"],
    "audit.recurrence.day_of_month": ["1", "15", "31"],
    "owners[].membership_kind": ["MEMBERSHIP_KIND_USER", "MEMBERSHIP_KIND_LIST"],
  },
  provisionTokens: {
    "bound_keypair.recovery.mode": ["standard", "relaxed", "insecure"],
    "github.allow[].ref_type": ["branch", "tag"],
    "gitlab.allow[].ref_type": ["branch", "tag"],
    "spacelift.allow[].caller_type": ["stack", "module"],
    "spacelift.allow[].scope": ["read", "write"],
    "terraform_cloud.allow[].run_phase": ["plan", "apply"],
  },
  autoupdateConfigs: {
    "agents.mode": ["enabled", "disabled", "suspended"],
    "agents.strategy": ["halt-on-error", "time-based"],
    "agents.schedules.regular[].days[]": [...DAYS, "*"],
    "agents.schedules.regular[].start_hour": NUMBERS(23),
    "tools.mode": ["enabled", "disabled"],
  },
  autoupdateVersions: {
    "agents.mode": ["enabled", "disabled", "suspended"],
    "agents.schedule": ["regular", "immediate"],
  },
};

/** Fields with the number of an AWS account. */
const ACCOUNTS: Record<string, readonly string[]> = {
  roles: onBothSides("account_assignments[].account"),
  provisionTokens: ["allow[].aws_account"],
  apps: ["identity_center.account_id"],
};

/** The fields at a path that are set, with `[]` after a list. */
function fieldsAt(field: Field, path: string): Field[] {
  if (path === "") return field.value === undefined || field.value === null ? [] : [field];
  if (path.startsWith("[]")) {
    const rest = path.slice(2).replace(/^\./, "");
    return field.items().flatMap((item) => fieldsAt(item, rest));
  }
  const [, key = "", rest = ""] = /^(\w+)\.?(.*)$/.exec(path) ?? [];
  return fieldsAt(field.get(key), rest);
}

function allowedFault(path: string, allowed: readonly (string | number)[], value: unknown) {
  const known = [...allowed, ...(SILENT[path] ?? [])];
  const loose = ANY_CASE.includes(path) && typeof value === "string";
  const fits = (one: string | number) =>
    one === value || (loose && String(one).toLowerCase() === value.toLowerCase());
  if (value === "" || known.some(fits) || isTemplate(value)) return undefined;
  const meant = known.find(
    (one) => String(one).toLowerCase() === String(value).toLowerCase().replace(/[ _]/g, "-"),
  );
  const shown =
    allowed.length > 12 && typeof allowed[0] === "number" ? "0 to 23" : allowed.join(", ");
  // A number, or a text that looks like one, is near to every other.
  const words = allowed.filter((one) => typeof one === "string");
  const near = /[a-z]{2}/i.test(String(value)) ? didYouMean(String(value), words) : undefined;
  const told = `is ${quoted(value)}, must be one of ${shown}`;
  if (meant !== undefined) return `${told}: write ${String(meant)}.`;
  return near === undefined ? `${told}.` : `${told}; did you mean ${near}?`;
}

const isTemplate = (value: unknown) => typeof value === "string" && value.includes("{{");

const allowedFaults = (collection: string, spec: Field): Fault[] =>
  Object.entries(TABLE[collection] ?? {}).flatMap(([path, allowed]) =>
    fieldsAt(spec, path).flatMap((field) => field.fault(allowedFault(path, allowed, field.value))),
  );

const accountFaults = (collection: string, spec: Field): Fault[] =>
  (ACCOUNTS[collection] ?? [])
    .flatMap((path) => fieldsAt(spec, path))
    .flatMap((field) =>
      field.when(
        field.value !== "" &&
          !/^(\d{12}|\*)$/.test(String(field.value)) &&
          !isTemplate(field.value),
        `is ${quoted(field.value)}, must be the 12 digits of an AWS account, in quotes.`,
      ),
    );

/** Cloud identities that a role grants: name, form and example. */
const CLOUD_IDENTITIES: [path: string, what: string, form: RegExp, example: string][] = [
  [
    "aws_role_arns[]",
    "a role of AWS: write its ARN",
    /^arn:aws[\w-]*:iam::\d{12}:role\/\S+$/,
    "arn:aws:iam::123456789012:role/developer",
  ],
  [
    "azure_identities[]",
    "an identity of Azure: write its resource ID",
    /^\/subscriptions\/[\w-]+\/resourcegroups\/[^/\s]+\/providers\/microsoft\.managedidentity\/userassignedidentities\/[^/\s]+$/i,
    "/subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME",
  ],
  [
    "gcp_service_accounts[]",
    "a service account of Google Cloud: write its address",
    /^[\w-]+@[\w.:-]+\.gserviceaccount\.com$/,
    "developer@project.iam.gserviceaccount.com",
  ],
];

/** Cloud identities with an invalid form, which nobody gets. */
const cloudIdentityFaults = (spec: Field): Fault[] =>
  CLOUD_IDENTITIES.flatMap(([path, what, form, example]) =>
    onBothSides(path)
      .flatMap((side) => fieldsAt(spec, side))
      .flatMap((field) =>
        field.when(
          field.value !== "*" && !form.test(String(field.value)) && !isTemplate(field.value),
          `is ${quoted(field.value)}, which gives nobody ${what}, such as ${example}.`,
          { warning: true },
        ),
      ),
  );

/** Enumerations and account numbers. */
export const allowedValues: Check = (resources) =>
  Object.keys(resources).flatMap((collection) =>
    entries(resources, collection).flatMap(({ spec }) => [
      ...allowedFaults(collection, spec),
      ...accountFaults(collection, spec),
      ...(collection === "roles" ? cloudIdentityFaults(spec) : []),
    ]),
  );
