/** Stand-in for the Vault provider plugin: the resource types the access plane uses. */
import type { Provider } from "../framework.ts";
import { tableProvider } from "../tables/provider.ts";
import { connect } from "./connect.ts";
import { lookups } from "./lookups.ts";
import { authBackend } from "./resources/auth-backend.ts";
import { databaseConnection } from "./resources/database-connection.ts";
import { databaseRole } from "./resources/database-role.ts";
import { databaseStaticRole } from "./resources/database-static-role.ts";
import { genericEndpoint } from "./resources/generic-endpoint.ts";
import { genericSecret } from "./resources/generic-secret.ts";
import { jwtRole } from "./resources/jwt-role.ts";
import { kubernetesConfig } from "./resources/kubernetes-config.ts";
import { kubernetesRole } from "./resources/kubernetes-role.ts";
import { kvConfig } from "./resources/kv-config.ts";
import { kvSecret } from "./resources/kv-secret.ts";
import { mount } from "./resources/mount.ts";
import { policy } from "./resources/policy.ts";

export const VERSION = "7.8.0";

export const resources = [
  authBackend,
  databaseConnection,
  databaseRole,
  databaseStaticRole,
  genericEndpoint,
  genericSecret,
  jwtRole,
  kubernetesConfig,
  kubernetesRole,
  kvConfig,
  kvSecret,
  mount,
  policy,
];

export const vaultProvider = (): Provider =>
  tableProvider({
    name: "vault",
    version: VERSION,
    resources,
    lookups,
    secretSettings: ["token"],
    connect,
  });
