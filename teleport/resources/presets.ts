import type { RoleV8Spec } from "../generated";
import type { Binding } from "../rbac";
import type { RoleVersion } from "./kinds";

/** A ready-made role. */
export interface PresetRole {
  version: RoleVersion;
  spec: RoleV8Spec;
  /** Labels of the role in Teleport. Default: none. */
  labels?: Record<string, string>;
  /** What its groups get in Kubernetes. Default: nothing. */
  bindings?: readonly Binding[];
}

const EVERYTHING = { "*": ["*"] };

/** Ready-made roles that `access-plane:resources.presets` turns on, by name. */
export const PRESETS = {
  /** Role of the reference deployment: every Kubernetes cluster and every app. */
  "kube-admin": {
    version: "v7",
    spec: {
      allow: {
        kubernetes_labels: EVERYTHING,
        app_labels: EVERYTHING,
        kubernetes_groups: ["teleport-admin"],
        kubernetes_resources: [{ kind: "*", namespace: "*", name: "*", verbs: ["*"] }],
      },
    },
    bindings: [{ group: "teleport-admin", clusterRole: "cluster-admin" }],
  },
  /** Looks at every Kubernetes cluster, secrets excepted, as ClusterRole `view` has it. */
  "teleport-view": {
    version: "v8",
    spec: {
      allow: {
        kubernetes_labels: EVERYTHING,
        kubernetes_groups: ["teleport-view"],
        kubernetes_resources: [
          { kind: "*", api_group: "*", namespace: "*", name: "*", verbs: ["get", "list", "watch"] },
        ],
      },
    },
    bindings: [{ group: "teleport-view", clusterRole: "view" }],
  },
  /**
   * Tenants of Capsule, on clusters that an agent behind Capsule Proxy serves: group and user come
   * from the traits of whoever holds it, and Capsule itself binds what a tenant's owner may do.
   */
  "kube-access": {
    version: "v8",
    labels: { capsule: "true" },
    spec: {
      allow: {
        kubernetes_labels: { capsule: ["true"] },
        kubernetes_groups: ["{{internal.kubernetes_groups}}"],
        kubernetes_users: ["{{internal.kubernetes_users}}"],
        kubernetes_resources: [
          { kind: "*", api_group: "*", namespace: "*", name: "*", verbs: ["*"] },
        ],
      },
    },
  },
  /** Every app, and no Kubernetes. */
  "app-access": { version: "v8", spec: { allow: { app_labels: EVERYTHING } } },
} satisfies Record<string, PresetRole>;

/** Name of a ready-made role. */
export type Preset = keyof typeof PRESETS;

/** `options.require_session_mfa`: any second factor, at each session (Teleport's role reference). */
const SESSION_MFA = 1;

/** Ready-made roles in use, by name: a declared role takes the place of its namesake. */
export function presetsInUse(resources: {
  presets: readonly Preset[];
  roles: Readonly<Record<string, unknown>>;
  /** Role kube-admin asks for a second factor at each session. Default: true. */
  sessionMfa?: boolean;
}): [Preset, PresetRole][] {
  return resources.presets
    .filter((name) => !Object.hasOwn(resources.roles, name))
    .map((name) => {
      const preset: PresetRole = PRESETS[name];
      if (name !== "kube-admin" || resources.sessionMfa === false) return [name, preset];
      const options = { require_session_mfa: SESSION_MFA };
      return [name, { ...preset, spec: { ...preset.spec, options } }];
    });
}

/** Bindings that ready-made roles bring along. */
export const presetBindings = (resources: Parameters<typeof presetsInUse>[0]): Binding[] =>
  presetsInUse(resources).flatMap(([, { bindings = [] }]) => bindings);
