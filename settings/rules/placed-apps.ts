import { placeApps, type AppSettings, type PlacedApp } from "../../inventory/apps";
import { pathText, type Path } from "../problem";

/** An app as the rules look at it. */
export interface CheckedApp extends PlacedApp {
  /** Path of one of its settings. */
  at: (...rest: (string | number)[]) => Path;
}

/** By the list of placed apps, since several rules ask. */
const cache = new WeakMap<PlacedApp[], CheckedApp[]>();

/** Every app of the stack, wherever the settings have it. */
export function checkedApps(settings: AppSettings): CheckedApp[] {
  const all = placeApps(settings);
  const known = cache.get(all);
  if (known !== undefined) return known;
  const checked = all.map((placed): CheckedApp => ({
    ...placed,
    at: (...rest) => [...placed.path, ...rest],
  }));
  cache.set(all, checked);
  return checked;
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
