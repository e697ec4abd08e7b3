import { get, list, mapping, text } from "../values";

/** Keys and indices of a value. */
export type At = readonly (string | number)[];

/** Something that Teleport would refuse, or that has another effect than it seems to. */
export interface Fault {
  /** From the declared resources down, such as ["roles", "dev", "spec", "allow"], or from the app down. */
  at: At;
  /** Completes "<place> …": what is there, what is wrong with it, what to do. Shows no secret. */
  message: string;
  /** True if Teleport accepts it. */
  warning?: boolean;
  /** Other places that the finding depends on. */
  involves?: readonly At[];
}

/** The declared resources of settings, by collection and name. */
export type Declared = Readonly<Record<string, unknown>>;

/** Facts about the plane that the checks need. */
export interface PlaneFacts {
  edition: "community" | "enterprise";
  /** Teleport cluster name, which is also the proxy's domain. */
  clusterName: string;
  /** All names of the proxy. */
  proxies: readonly string[];
  /** Ports of the proxy's public addresses. Default: 443. */
  ports?: readonly number[];
  /** Roles that the plane creates in addition to the declared ones. */
  ownRoles: readonly string[];
}

/** Checks one subject. Pure. */
export type Check = (resources: Declared, around: PlaneFacts) => Fault[];

/** True for a value that is set and not empty. */
export const isSet = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && !value.length);

/** A value with its place, for faults. */
export class Field {
  constructor(
    readonly value: unknown,
    readonly at: At = [],
  ) {}

  /** What is below, also if it is not set. */
  get(...path: At): Field {
    return new Field(get(this.value, ...path), [...this.at, ...path]);
  }

  /** Items of the list at a path below. Empty if there is none. */
  items(...path: At): Field[] {
    const { value, at } = this.get(...path);
    return list(value).map((item, index) => new Field(item, [...at, index]));
  }

  /** Those items that are texts. */
  texts(...path: At): Field[] {
    return this.items(...path).filter(({ value }) => typeof value === "string");
  }

  /** Keys of the mapping at a path below, with their fields. Empty if there is none. */
  entries(...path: At): [key: string, Field][] {
    const holder = this.get(...path);
    return Object.keys(mapping(holder.value)).map((key) => [key, holder.get(key)]);
  }

  /** The value if it is a text, else an empty one. */
  get text(): string {
    return text(this.value);
  }

  get isSet(): boolean {
    return isSet(this.value);
  }

  /** The fault with this message, as a list. Empty without a message. */
  fault(message: string | undefined, more: Partial<Fault> = {}): Fault[] {
    return message === undefined ? [] : [{ at: this.at, message, ...more }];
  }

  /** The fault if the condition holds, as a list. */
  when(condition: boolean, message: string, more?: Partial<Fault>): Fault[] {
    return condition ? this.fault(message, more) : [];
  }

  /** The fault of a part that has to be set, as a list. Empty if it is set. */
  needed(what: string): Fault[] {
    return this.when(!this.isSet, `is missing: ${what}.`);
  }
}

/** A declared resource: its name, its spec, and its whole entry. */
export interface Entry {
  name: string;
  entry: Field;
  spec: Field;
}

/** The resources of a collection. */
export const entries = (resources: Declared, collection: string): Entry[] =>
  new Field(resources)
    .entries(collection)
    .map(([name, entry]) => ({ name, entry, spec: entry.get("spec") }));

/** What one role allows or denies. */
export interface RoleSide {
  side: "allow" | "deny";
  conditions: Field;
  /** Version of the role in Teleport. */
  version: string;
}

/** What every role allows and denies. */
export const roleSides = (resources: Declared): RoleSide[] =>
  entries(resources, "roles").flatMap(({ entry, spec }) =>
    (["allow", "deny"] as const).map((side) => ({
      side,
      conditions: spec.get(side),
      version: entry.get("version").text || "v8",
    })),
  );
