import type { Role } from "./input";
import { readRole } from "./role";

const everything = { "*": ["*"] };
const change = ["list", "create", "read", "update", "delete"];

/**
 * Teleport's most used preset roles, with the parts that decide access.
 * Source: lib/services/presets.go of Teleport 18.
 */
export const TELEPORT_PRESETS: Readonly<Record<string, Role>> = {
  access: readRole("access", {
    version: "v7",
    spec: {
      allow: {
        app_labels: everything,
        kubernetes_labels: everything,
        db_labels: everything,
        kubernetes_groups: ["{{internal.kubernetes_groups}}"],
        kubernetes_users: ["{{internal.kubernetes_users}}"],
        db_users: ["{{internal.db_users}}"],
        db_names: ["{{internal.db_names}}"],
        db_roles: ["{{internal.db_roles}}"],
      },
    },
  }),
  editor: readRole("editor", {
    version: "v7",
    spec: {
      allow: {
        rules: [{ resources: ["user", "role", "auth_connector", "token", "bot"], verbs: change }],
      },
    },
  }),
  auditor: readRole("auditor", {
    version: "v7",
    spec: { allow: { rules: [{ resources: ["session", "event"], verbs: ["list", "read"] }] } },
  }),
};
