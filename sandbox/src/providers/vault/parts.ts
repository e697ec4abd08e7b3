/** Resource types, functions and clients of the Vault stand-in. */
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

export { connect } from "./connect.ts";
export { lookups } from "./lookups.ts";

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
