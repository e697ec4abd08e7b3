import type { Declared, Named } from "../teleport/access/declared";

/** A resource in the configuration of an agent. */
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
    /** If set, the clusters have the names of its contexts. */
    kubeconfig?: unknown;
    /** If set, the cluster is behind Capsule Proxy and has a label for it. */
    capsule?: unknown;
  };
}

export interface RoleBinding {
  group: string;
  clusterRole?: string;
  role?: string;
  namespace?: string;
}

/** The part of a stack's settings that decides who reaches what. */
export interface AccessSettings {
  /** Kind of the stack; only a plane declares roles. Default: plane. */
  kind?: string;
  /** Teleport cluster name of a plane. */
  clusterName?: string;
  agents?: Named<Agent>;
  /** Catalogue of apps. */
  apps?: { entries?: Named<Omit<Served, "name">> };
  resources?: {
    sessionMfa?: boolean;
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
    bindings?: readonly RoleBinding[];
    boundElsewhere?: readonly string[];
  };
}
