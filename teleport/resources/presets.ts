import type { Specs } from "./shape";
import type { Binding } from "../rbac";
import type { RoleVersion } from "./kinds";

/** A preset role. */
export interface PresetRole {
  version: RoleVersion;
  spec: Specs["TeleportRoleV8"];
  /** Labels of the role in Teleport. Default: none. */
  labels?: Record<string, string>;
  /** Kubernetes bindings of its groups. Default: none. */
  bindings?: readonly Binding[];
}

const EVERYTHING = { "*": ["*"] };

/** Roles of `access-plane:resources.presets`, by name. */
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
  /** Reads every Kubernetes cluster except Secrets, as Kubernetes' ClusterRole `view` allows. */
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
   * Tenants of Capsule, on clusters behind Capsule Proxy. Group and user come from the holder's
   * traits, and Capsule itself binds the owners of tenants.
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

/** Name of a preset role. */
export type Preset = keyof typeof PRESETS;

/** `options.require_session_mfa`: any second factor at each session. Source: Teleport's roles reference. */
const SESSION_MFA = 1;

/** Preset roles in use, by name. A declared role replaces the preset with its name. */
export function presetsInUse(resources: {
  presets: readonly Preset[];
  roles: Readonly<Record<string, unknown>>;
  /** `kube-admin` asks for a second factor at each session. Default: true. */
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

/** Bindings of the preset roles in use. */
export const presetBindings = (resources: Parameters<typeof presetsInUse>[0]): Binding[] =>
  presetsInUse(resources).flatMap(([, { bindings = [] }]) => bindings);
