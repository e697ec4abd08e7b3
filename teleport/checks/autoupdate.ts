import { entries, isSet } from "./fault";
import { quoted } from "../quoted";
import type { At, Check, Fault } from "./fault";
import { list, mapping, text } from "../values";

/** Schedules of automatic updates (api/types/autoupdate/config.go of Teleport 18.3). */

function groupFaults(at: At, groups: unknown, strategy: string): Fault[] {
  const first = new Map<string, number>();
  return list(groups).flatMap((group, i): Fault[] => {
    const { name, wait_hours: wait } = mapping(group);
    const here = [...at, i];
    const twin = first.get(text(name));
    if (twin === undefined) first.set(text(name), i);
    const hours = typeof wait === "number" ? wait : 0;
    const waits = [...here, "wait_hours"];
    return [
      ...(isSet(name)
        ? []
        : [{ at: [...here, "name"], message: "is missing: agents name their group by it." }]),
      ...(isSet(name) && twin !== undefined
        ? [
            {
              at: [...here, "name"],
              message: `is ${quoted(name)}, as that of regular[${twin}] is: rename one.`,
            },
          ]
        : []),
      ...(hours < 0 ? [{ at: waits, message: `is ${hours}, must not be negative.` }] : []),
      ...(hours > 0 && strategy === "time-based"
        ? [
            {
              at: waits,
              message: 'goes with the strategy "halt-on-error" only: remove it, or change that.',
            },
          ]
        : []),
    ];
  });
}

/** Groups and windows of update schedules. */
export const autoupdate: Check = (resources) =>
  entries(resources, "autoupdateConfigs").flatMap(({ at, spec }): Fault[] => {
    const agents = mapping(spec["agents"]);
    const strategy = text(agents["strategy"]);
    const here = [...at, "spec", "agents"];
    const window = agents["maintenance_window_duration"];
    return [
      ...groupFaults(
        [...here, "schedules", "regular"],
        mapping(agents["schedules"])["regular"],
        strategy,
      ),
      ...(isSet(window) && text(window) !== "0s" && strategy === "halt-on-error"
        ? [
            {
              at: [...here, "maintenance_window_duration"],
              message: 'goes with the strategy "time-based" only: remove it, or change that.',
            },
          ]
        : []),
    ];
  });
