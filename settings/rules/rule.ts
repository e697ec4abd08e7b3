import { goMilliseconds } from "../../teleport/duration";
import type { Fault } from "../../teleport/checks/fault";
import { serviceAddress } from "../../teleport/names";
import type { Path } from "../problem";
import type { Section, Settings } from "../schema";

/** Where a rule puts what it finds. */
export interface Report {
  problem(path: Path, message: string, involves?: readonly Path[]): void;
  warning(path: Path, message: string, involves?: readonly Path[]): void;
}

/** Reports faults at their places; `place` turns a fault's path into that of a setting. */
export function reportFaults(
  faults: readonly Fault[],
  place: (path: Path) => Path,
  report: Report,
  involves: readonly Path[] = [],
): void {
  for (const { at, message, warning, involves: more = [] } of faults) {
    const as = warning === true ? "warning" : "problem";
    report[as](place(at), message, [...involves, ...more.map(place)]);
  }
}

/** A section's settings in any kind of stack that has it. */
type Value<S extends Section> = Settings extends infer Kind
  ? Kind extends unknown
    ? S extends keyof Kind
      ? Kind[S]
      : never
    : never
  : never;

/** What a rule may look at: the sections that it needs, and others where the stack has them. */
export type RuleSettings<S extends Section> = { [K in S]: Value<K> } & {
  [K in Exclude<Section, S>]?: Value<K>;
};

/**
 * A rule between fields: settings that pass the schema in, findings out. It speaks only where the
 * stack's kind has the sections that it needs, so it need not know of kinds.
 */
export interface Rule<S extends Section = Section> {
  /** Sections without which the rule has nothing to say. */
  needs: readonly S[];
  check(settings: RuleSettings<S>, report: Report): void;
}

/** A rule whose `check` sees the needed sections as given and all others as optional. */
export const rule = <S extends Section>(definition: Rule<S>): Rule<S> => definition;

/** Seconds of a Go duration that the schema has accepted. */
export const seconds = (duration: string): number => (goMilliseconds(duration) ?? 0) / 1000;

/** Reports every later occurrence of a value that must be unique. */
export function duplicates<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  found: (index: number, first: number, key: string) => void,
): void {
  const seen = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    else found(index, first, key);
  }
}

/** Reports repeated texts of a list. */
export const noRepeats = (
  texts: readonly string[],
  at: (index: number) => Path,
  report: Report,
): void => {
  duplicates(texts, String, (index, _first, text) => {
    report.problem(at(index), `repeats "${text}": remove it.`);
  });
};

/** The same as {@link duplicates} for items that know their place. */
export function repeated<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  found: (item: T, first: T, key: string) => void,
): void {
  duplicates(items, keyOf, (index, first, key) => {
    const [two, one] = [items[index], items[first]];
    if (one !== undefined && two !== undefined) found(two, one, key);
  });
}

/** Teleport cluster name of a stack's plane. Undefined if only the plane's outputs have it. */
export const planeName = ({ clusterName, plane }: RuleSettings<never>): string | undefined =>
  clusterName ?? plane?.clusterName;

/** Every name under which the proxy of the plane can be reached, in lower case. */
export function proxyHosts(settings: RuleSettings<never>): string[] {
  const { teleport, plane, namespace = { name: "teleport" } } = settings;
  const inCluster = hostOf(serviceAddress(namespace.name));
  const addresses = [
    ...(teleport?.publicAddresses ?? []),
    ...(plane?.proxyAddress === undefined ? [] : [plane.proxyAddress]),
  ];
  return [
    ...[planeName(settings) ?? []].flat(),
    ...addresses.map(hostOf),
    // SERVICE.NAMESPACE and SERVICE.NAMESPACE.svc mean the same.
    ...[2, 3, Infinity].map((labels) => inCluster.split(".").slice(0, labels).join(".")),
  ];
}

/** Port of a `HOST:PORT` address. */
export const portOf = (address: string) => Number(address.slice(address.lastIndexOf(":") + 1));
/** Host of a `HOST:PORT` address. */
export const hostOf = (address: string) => address.slice(0, address.lastIndexOf(":"));

/** True for the apex and names one label below it: what the certificate covers. */
export function coveredByCertificate(host: string, apex: string): boolean {
  return (
    host === apex || (host.endsWith(`.${apex}`) && !host.slice(0, -apex.length - 1).includes("."))
  );
}
