import { list, mapping } from "../values";

export type Named<T> = Readonly<Record<string, T | undefined>>;

export interface Declared {
  spec?: unknown;
  labels?: Readonly<Record<string, string>>;
  /** Not reconciled by the operator; what Teleport has may differ. */
  ignore?: boolean;
}

/** Something that an agent serves by its configuration. */
export interface Served {
  name: string;
  labels?: Readonly<Record<string, string>>;
}

export interface Agent {
  apps?: readonly Served[];
  databases?: readonly Served[];
  kubernetes?: {
    clusterName: string;
    labels?: Readonly<Record<string, string>>;
    /** Clusters of a kubeconfig are named after its contexts. */
    kubeconfig?: unknown;
    /** Behind Capsule Proxy; adds a label. */
    capsule?: unknown;
  };
}

export interface Bound {
  group: string;
  clusterRole?: string;
  role?: string;
  namespace?: string;
}

/** The part of a stack's settings that decides who reaches what. */
export interface AccessSettings {
  /** What the stack is; only a plane declares roles. Default: plane. */
  kind?: string;
  agents?: Named<Agent>;
  /** Catalogue of apps. */
  apps?: { entries?: Named<Omit<Served, "name">> };
  resources?: {
    roles?: Named<Declared & { version?: string }>;
    users?: Named<Declared>;
    githubConnectors?: Named<Declared>;
    oidcConnectors?: Named<Declared>;
    samlConnectors?: Named<Declared>;
    loginRules?: Named<Declared>;
    accessLists?: Named<Declared>;
    apps?: Named<Declared>;
    databases?: Named<Declared>;
    bots?: Named<Declared>;
    presets?: readonly string[];
  };
  rbac?: {
    bindings?: readonly Bound[];
    boundElsewhere?: readonly string[];
  };
}

export type Raw = Readonly<Record<string, unknown>>;

/** The value as a mapping, empty if it is none. */
export const raw = (value: unknown): Raw => mapping(value);
export const rawList = (value: unknown): Raw[] => list(value).map(raw);

/** Entries of a collection. */
export function entries<T>(map: Named<T> | undefined): [string, T][] {
  return Object.entries(map ?? {}).flatMap(([name, value]): [string, T][] =>
    value === undefined ? [] : [[name, value]],
  );
}
