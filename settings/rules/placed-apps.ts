import { placeApps, type AppSettings, type PlacedApp } from "../../inventory/apps";
import { pathText, type Path } from "../problem";

/** An app as the rules look at it. */
export interface CheckedApp extends PlacedApp {
  /** Path of one of its settings. */
  at: (...rest: (string | number)[]) => Path;
}

/** Every app of the stack, wherever the settings have it. */
export function checkedApps(settings: AppSettings): CheckedApp[] {
  return placeApps(settings).map((placed) => ({
    ...placed,
    at: (...rest) => [...placed.path, ...rest],
  }));
}

/** What a message about one app calls another. */
export function appReference({ path }: CheckedApp, seenFrom: CheckedApp): string {
  const [, release, , index] = path;
  const beside = typeof index === "number" && release === seenFrom.path[1];
  return beside ? `apps[${index}]` : pathText(path).replace(/^access-plane:/, "");
}

/** The setting with an app's name: the key `name`, or the key of its catalogue entry. */
export function nameAt({ path, at }: CheckedApp): Path {
  return path[0] === "agents" ? at("name") : path;
}
