import { goMilliseconds } from "../duration";
import { entries, type Check, type Fault, type Field } from "./fault";
import { quoted } from "../quoted";
import { isMapping } from "../values";

/** Automatic updates (api/types/autoupdate: config.go, version.go, constants.go; api/types/maintenance.go; Teleport 18). */

const MOST_CANARIES = 5;
/** Shortest window of the strategy time-based, in milliseconds. */
const SHORTEST_WINDOW = 10 * 60_000;

/** Days of a group. allowed-values.ts checks their names. */
function dayFaults(field: Field): Fault[] {
  const days = field.texts();
  const short = (day: Field) => day.text.slice(0, 3).toLowerCase();
  return [
    ...field.when(days.length === 0, 'is missing: name days, such as [Mon, Thu], or "*".'),
    ...days.flatMap((day, i) => {
      if (day.text === "*" && days.length > 1) {
        return day.fault('is "*", which excludes other days: remove them.');
      }
      const first = days.findIndex((other) => short(other) === short(day));
      return day.when(first < i, `repeats days[${first}]: remove it.`);
    }),
  ];
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
    entries(resources, collection).flatMap(({ spec }) =>
      Object.entries(sections)
        .filter(([section]) => isMapping(spec.get(section).value))
        .flatMap(([section, fields]) =>
          Object.entries(fields).flatMap(([field, what]) => spec.get(section, field).needed(what)),
        ),
    ),
  );

function groupFaults(groups: readonly Field[], strategy: string): Fault[] {
  const names = groups.map((group) => group.get("name").text);
  return groups.flatMap((group, i): Fault[] => {
    const name = group.get("name");
    const first = names.indexOf(name.text);
    const wait = group.get("wait_hours");
    const hours = typeof wait.value === "number" ? wait.value : 0;
    const canaries = group.get("canary_count");
    const { value: count } = canaries;
    return [
      ...name.needed("agents name their group with it"),
      ...name.when(
        name.isSet && first < i,
        `is ${quoted(name.value)}, the name of regular[${first}]: rename one of them.`,
      ),
      ...dayFaults(group.get("days")),
      ...canaries.when(
        typeof count === "number" && (count < 0 || count > MOST_CANARIES),
        `is ${String(count)}, must be 0 to ${MOST_CANARIES}.`,
      ),
      ...wait.when(
        i === 0 && hours > 0 && strategy === "halt-on-error",
        "is set for the first group, which waits for no other: remove it.",
      ),
      ...wait.when(hours < 0, `is ${hours}, must not be negative.`),
      ...wait.when(
        hours > 0 && strategy === "time-based",
        'needs the strategy "halt-on-error": remove it, or change the strategy.',
      ),
    ];
  });
}

/** Groups and windows of update schedules. */
export const autoupdate: Check = (resources, around) => [
  ...missingParts(resources, around),
  ...entries(resources, "autoupdateConfigs").flatMap(({ spec }): Fault[] => {
    const strategy = spec.get("agents", "strategy").text;
    const window = spec.get("agents", "maintenance_window_duration");
    const length = goMilliseconds(window.text) ?? 0;
    return [
      ...groupFaults(spec.items("agents", "schedules", "regular"), strategy),
      ...window.when(
        window.isSet && window.text !== "0s" && strategy === "halt-on-error",
        'needs the strategy "time-based": remove it, or change the strategy.',
      ),
      ...window.when(
        strategy === "time-based" && (!window.isSet || length < SHORTEST_WINDOW),
        `is ${window.isSet ? quoted(window.value) : "missing"}: the strategy "time-based" needs at least 10m.`,
      ),
    ];
  }),
];
