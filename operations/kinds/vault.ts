import { getText } from "../../teleport/values";
import { fact, gone, type Loss, type ResourceKind } from "./resource-kind";

const lostAccess = (text: string): Loss => ({ level: "outage", text, allow: "vault-access" });

const rotated = {
  level: "restarts",
  text: "the database gets a new password; auth pods restart one by one",
} as const;

/** Resources in Vault and access to it: policies, roles, passwords, logins. */
export const VAULT: readonly ResourceKind[] = [
  {
    type: /^vault:index\/policy:Policy$/,
    facts: (inputs) => {
      const paths = getText(inputs, "policy").matchAll(/path "([^"]+)"/g);
      return [...paths].map(([, path]) => `reads ${path ?? ""}`);
    },
    fixed: ["name"],
    lost: lostAccess("Vault refuses to deliver Secrets until the policy is back"),
    inVault: (inputs) => {
      const name = getText(inputs, "name");
      return { path: `sys/policies/acl/${name}`, id: name };
    },
  },
  {
    type: /^vault:kubernetes\/authBackendRole:AuthBackendRole$/,
    facts: (inputs) => [
      `for service account ${fact(inputs, "boundServiceAccountNamespaces")}:${fact(inputs, "boundServiceAccountNames")}`,
      `audience ${fact(inputs, "audience")}`,
    ],
    fixed: ["backend", "roleName"],
    lost: lostAccess("Vault refuses the service account until the role is back"),
    inVault: (inputs) => {
      const path = `auth/${getText(inputs, "backend")}/role/${getText(inputs, "roleName")}`;
      return { path, id: path };
    },
  },
  {
    type: /^vault:database\/secretBackendStaticRole:SecretBackendStaticRole$/,
    facts: (inputs) => [
      `user ${fact(inputs, "username")} of ${fact(inputs, "dbName")}`,
      `new password every ${fact(inputs, "rotationPeriod")} s`,
    ],
    fixed: ["backend", "name", "username"],
    effects: () => [rotated],
    lost: { ...rotated, back: gone("the old password is gone; Vault sets another one") },
    inVault: (inputs) => {
      const path = `${getText(inputs, "backend")}/static-roles/${getText(inputs, "name")}`;
      return { path, id: path };
    },
  },
  {
    type: /^vault:kv\/secretV2:SecretV2$/,
    facts: (inputs) => [`Vault ${fact(inputs, "mount")}/${fact(inputs, "name")}`],
    fixed: ["mount", "name"],
  },
  {
    type: /^random:index\/randomPassword:RandomPassword$/,
    fixed: ["keepers", "length", "special"],
    effects: () => [rotated],
    lost: { ...rotated, back: gone("the old password is gone; going back sets another one") },
  },
  {
    type: /:VaultAuth$/,
    facts: (inputs) => [
      `logs in at ${fact(inputs, "spec", "mount")} as ${fact(inputs, "spec", "kubernetes", "role")}`,
    ],
    lost: lostAccess("the Vault Secrets Operator cannot log in; Secrets are no longer renewed"),
  },
  {
    type: /^kubernetes:core\/v1:ServiceAccount$/,
    lost: lostAccess("logins to Vault as this service account fail"),
  },
];
