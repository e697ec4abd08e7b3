import { type At, type Check, entries, type Fault, faultAt, isSet } from "./fault";
import { quoted } from "../quoted";
import { mapping, text } from "../values";
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

function durationFault(value: unknown): string | undefined {
  const duration = text(value);
  // Nothing is a duration, too: no idle timeout, Teleport's own default.
  if (GO_DURATION.test(duration)) return undefined;
  const meant = goDurationMeant(duration);
  const example = meant === undefined ? 'such as "8h" or "30m"' : `here "${meant}"`;
  return `is ${quoted(value)}, must be a Go duration (units h, m, s), ${example}.`;
}

function timeFault(value: unknown): string | undefined {
  return RFC_3339.test(text(value)) && !Number.isNaN(Date.parse(text(value)))
    ? undefined
    : `is ${quoted(value)}, must be a point in time such as "2030-01-31T00:00:00Z".`;
}

function versionFault(value: unknown): string | undefined {
  if (SEMVER.test(text(value))) return undefined;
  const plain = text(value).replace(/^v/, "");
  const hint = SEMVER.test(plain) ? `: write "${plain}".` : `, such as "${CHART_VERSION}".`;
  return `is ${quoted(value)}, must be a version of three numbers without a leading v${hint}`;
}

function faultsOf(
  table: Record<string, readonly string[]>,
  faultOf: (value: unknown) => string | undefined,
): Check {
  return (resources) =>
    Object.entries(table).flatMap(([collection, paths]) =>
      entries(resources, collection).flatMap(({ at, spec }) =>
        paths.flatMap((path): Fault[] => {
          const parts: At = path.split(".");
          const value = parts.reduce<unknown>((holder, part) => mapping(holder)[part], spec);
          if (!isSet(value)) return [];
          const message = faultOf(value);
          return faultAt([...at, "spec", ...parts], message);
        }),
      ),
    );
}

/** Durations, points in time and versions. */
export const durations: Check = (resources, around) =>
  [
    faultsOf(DURATIONS, durationFault),
    faultsOf(TIMES, timeFault),
    faultsOf(VERSIONS, versionFault),
  ].flatMap((check) => check(resources, around));
