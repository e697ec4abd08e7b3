import { goMilliseconds } from "../duration";
import {
  type At,
  type Check,
  entries,
  type Fault,
  faultAt,
  isSet,
  missing,
  texts,
  when,
} from "./fault";
import { quoted } from "../quoted";
import { isMapping, list, mapping, text } from "../values";

/** Automatic updates (api/types/autoupdate: config.go, version.go, constants.go; api/types/maintenance.go; Teleport 18). */

const MOST_CANARIES = 5;
/** Shortest window of the strategy time-based, in milliseconds. */
const SHORTEST_WINDOW = 10 * 60_000;

/** Days of a group. allowed-values.ts checks their names. */
function dayFaults(at: At, value: unknown): Fault[] {
  const days = texts(value);
  if (days.length === 0) {
    return [missing(at, 'name days, such as [Mon, Thu], or "*"')];
  }
  return days.flatMap(([i, day]): Fault[] => {
    if (day === "*" && days.length > 1) {
      return faultAt([...at, i], 'is "*", which excludes other days: remove them.');
    }
    const short = (one: string) => one.slice(0, 3).toLowerCase();
    const first = days.findIndex(([, other]) => short(other) === short(day));
    return when(first < i, [...at, i], `repeats days[${first}]: remove it.`);
  });
}

/** Required fields of sections that are present. */
const NEEDED: Record<string, Record<string, Record<string, string>>> = {
  autoupdateConfigs: {
    agents: { mode: "enabled, disabled or suspended", strategy: "halt-on-error or time-based" },
    tools: { mode: "enabled or disabled" },
  },
  autoupdateVersions: {
    agents: {
      start_version: "the version that agents have before their window",
      target_version: "the version that they get",
      mode: "enabled, disabled or suspended",
      schedule: "regular or immediate",
    },
    tools: { target_version: "the version that clients get" },
  },
};

const missingParts: Check = (resources) =>
  Object.entries(NEEDED).flatMap(([collection, sections]) =>
    entries(resources, collection).flatMap(({ at, spec }) =>
      Object.entries(sections)
        .filter(([section]) => isMapping(spec[section]))
        .flatMap(([section, fields]) =>
          Object.entries(fields)
            .filter(([field]) => !isSet(mapping(spec[section])[field]))
            .map(([field, what]) => missing([...at, "spec", section, field], what)),
        ),
    ),
  );

function groupFaults(at: At, groups: unknown, strategy: string): Fault[] {
  const first = new Map<string, number>();
  return list(groups).flatMap((group, i): Fault[] => {
    const { name, wait_hours: wait } = mapping(group);
    const here = [...at, i];
    const twin = first.get(text(name));
    if (twin === undefined) first.set(text(name), i);
    const hours = typeof wait === "number" ? wait : 0;
    const canaries = mapping(group)["canary_count"];
    const waits = [...here, "wait_hours"];
    return [
      ...when(!isSet(name), [...here, "name"], "is missing: agents name their group with it."),
      ...when(
        isSet(name) && twin !== undefined,
        [...here, "name"],
        `is ${quoted(name)}, the name of regular[${twin}]: rename one of them.`,
      ),
      ...dayFaults([...here, "days"], mapping(group)["days"]),
      ...when(
        typeof canaries === "number" && (canaries < 0 || canaries > MOST_CANARIES),
        [...here, "canary_count"],
        `is ${String(canaries)}, must be 0 to ${MOST_CANARIES}.`,
      ),
      ...when(
        i === 0 && hours > 0 && strategy === "halt-on-error",
        waits,
        "is set for the first group, which waits for no other: remove it.",
      ),
      ...when(hours < 0, waits, `is ${hours}, must not be negative.`),
      ...when(
        hours > 0 && strategy === "time-based",
        waits,
        'needs the strategy "halt-on-error": remove it, or change the strategy.',
      ),
    ];
  });
}

/** Groups and windows of update schedules. */
export const autoupdate: Check = (resources, around) => [
  ...missingParts(resources, around),
  ...entries(resources, "autoupdateConfigs").flatMap(({ at, spec }): Fault[] => {
    const agents = mapping(spec["agents"]);
    const strategy = text(agents["strategy"]);
    const here = [...at, "spec", "agents"];
    const window = agents["maintenance_window_duration"];
    const length = goMilliseconds(text(window));
    return [
      ...groupFaults(
        [...here, "schedules", "regular"],
        mapping(agents["schedules"])["regular"],
        strategy,
      ),
      ...when(
        isSet(window) && text(window) !== "0s" && strategy === "halt-on-error",
        [...here, "maintenance_window_duration"],
        'needs the strategy "time-based": remove it, or change the strategy.',
      ),
      ...when(
        strategy === "time-based" && (!isSet(window) || (length ?? 0) < SHORTEST_WINDOW),
        [...here, "maintenance_window_duration"],
        `is ${isSet(window) ? quoted(window) : "missing"}: the strategy "time-based" needs at least 10m.`,
      ),
    ];
  }),
];
