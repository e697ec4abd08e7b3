import { entries, type Check, type Field } from "./fault";
import { quoted } from "../quoted";
import { GO_DURATION, goDurationMeant } from "../duration";
import { CHART_VERSION } from "../versions";

/** Durations, points in time and versions, as the operator reads them from JSON. */

/** Fields by collection, from the spec down. `*` is any key or index. */
const DURATIONS: Record<string, readonly string[]> = {
  roles: [
    "options.client_idle_timeout",
    "options.max_session_ttl",
    "options.mfa_verification_interval",
    "allow.request.max_duration",
    "deny.request.max_duration",
  ],
  bots: ["max_session_ttl"],
  provisionTokens: ["aws_iid_ttl"],
  accessLists: ["audit.notifications.start"],
  oidcConnectors: ["max_age", "mfa.max_age"],
  workloadIdentities: ["spiffe.jwt.maximum_ttl", "spiffe.x509.maximum_ttl"],
  autoupdateConfigs: ["agents.maintenance_window_duration"],
};

const TIMES: Record<string, readonly string[]> = {
  accessLists: ["audit.next_audit_date"],
  provisionTokens: ["bound_keypair.rotate_after", "bound_keypair.onboarding.must_register_before"],
};

const VERSIONS: Record<string, readonly string[]> = {
  autoupdateVersions: ["agents.start_version", "agents.target_version", "tools.target_version"],
};

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const SEMVER = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

function durationFault(field: Field): string | undefined {
  // Nothing is a duration, too: no idle timeout, Teleport's own default.
  if (GO_DURATION.test(field.text)) return undefined;
  const meant = goDurationMeant(field.text);
  const example = meant === undefined ? 'such as "8h" or "30m"' : `here "${meant}"`;
  return `must be a Go duration (units h, m, s), ${example}.`;
}

function timeFault({ text }: Field): string | undefined {
  return RFC_3339.test(text) && !Number.isNaN(Date.parse(text))
    ? undefined
    : 'must be a point in time such as "2030-01-31T00:00:00Z".';
}

function versionFault({ text }: Field): string | undefined {
  if (SEMVER.test(text)) return undefined;
  const plain = text.replace(/^v/, "");
  const hint = SEMVER.test(plain) ? `: write "${plain}".` : `, such as "${CHART_VERSION}".`;
  return `must be a version of three numbers without a leading v${hint}`;
}

const TABLES = [
  [DURATIONS, durationFault],
  [TIMES, timeFault],
  [VERSIONS, versionFault],
] as const;

/** Durations, points in time and versions. */
export const durations: Check = (resources) =>
  TABLES.flatMap(([table, faultOf]) =>
    Object.entries(table).flatMap(([collection, paths]) =>
      entries(resources, collection)
        .flatMap(({ spec }) => paths.map((path) => spec.get(...path.split("."))))
        .filter(({ isSet }) => isSet)
        .flatMap((field) => {
          const fault = faultOf(field);
          return field.fault(fault && `is ${quoted(field.value)}, ${fault}`);
        }),
    ),
  );
