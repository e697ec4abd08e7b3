import type { RoleV8Spec } from "../generated";
import type { RoleVersion } from "./kinds";

/** A ready-made role. */
export interface PresetRole {
  version: RoleVersion;
  spec: RoleV8Spec;
}

/** Ready-made roles that `access-plane:resources.presets` turns on, by name. */
export const PRESETS = {
  /** Role of the reference deployment: every Kubernetes cluster and every app. */
  "kube-admin": {
    version: "v7",
    spec: {
      allow: {
        kubernetes_labels: { "*": ["*"] },
        app_labels: { "*": ["*"] },
        kubernetes_groups: ["system:masters"],
        kubernetes_resources: [{ kind: "*", namespace: "*", name: "*", verbs: ["*"] }],
      },
    },
  },
} satisfies Record<string, PresetRole>;
