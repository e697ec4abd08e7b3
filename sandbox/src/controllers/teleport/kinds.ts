/** The kinds of the group resources.teleport.dev, and what each one is in Teleport. */
import type { Resource } from "../kube-client.ts";

export const GROUP = "resources.teleport.dev";

export interface TeleportKind {
  plural: string;
  kind: string;
  version: string;
  /** The kind of the resource in Teleport: several kinds of roles share one. */
  collection: string;
  /** The version of the role or server that the kind stands for. */
  resourceVersion?: string;
  /** Without an Enterprise licence the operator runs no controller for it. */
  enterprise?: true;
}

export const KINDS: readonly TeleportKind[] = [
  {
    plural: "teleportaccesslists",
    kind: "TeleportAccessList",
    version: "v1",
    collection: "access_list",
    enterprise: true,
  },
  { plural: "teleportappsv3", kind: "TeleportAppV3", version: "v1", collection: "app" },
  {
    plural: "teleportautoupdateconfigsv1",
    kind: "TeleportAutoupdateConfigV1",
    version: "v1",
    collection: "autoupdate_config",
  },
  {
    plural: "teleportautoupdateversionsv1",
    kind: "TeleportAutoupdateVersionV1",
    version: "v1",
    collection: "autoupdate_version",
  },
  { plural: "teleportbotsv1", kind: "TeleportBotV1", version: "v1", collection: "bot" },
  { plural: "teleportdatabasesv3", kind: "TeleportDatabaseV3", version: "v1", collection: "db" },
  {
    plural: "teleportgithubconnectors",
    kind: "TeleportGithubConnector",
    version: "v3",
    collection: "github",
  },
  {
    plural: "teleportloginrules",
    kind: "TeleportLoginRule",
    version: "v1",
    collection: "login_rule",
    enterprise: true,
  },
  {
    plural: "teleportoidcconnectors",
    kind: "TeleportOIDCConnector",
    version: "v3",
    collection: "oidc",
    enterprise: true,
  },
  {
    plural: "teleportoktaimportrules",
    kind: "TeleportOktaImportRule",
    version: "v1",
    collection: "okta_import_rule",
    enterprise: true,
  },
  {
    plural: "teleportopenssheiceserversv2",
    kind: "TeleportOpenSSHEICEServerV2",
    version: "v1",
    collection: "node",
  },
  {
    plural: "teleportopensshserversv2",
    kind: "TeleportOpenSSHServerV2",
    version: "v1",
    collection: "node",
  },
  {
    plural: "teleportprovisiontokens",
    kind: "TeleportProvisionToken",
    version: "v2",
    collection: "token",
  },
  {
    plural: "teleportroles",
    kind: "TeleportRole",
    version: "v5",
    collection: "role",
    resourceVersion: "v5",
  },
  {
    plural: "teleportrolesv6",
    kind: "TeleportRoleV6",
    version: "v1",
    collection: "role",
    resourceVersion: "v6",
  },
  {
    plural: "teleportrolesv7",
    kind: "TeleportRoleV7",
    version: "v1",
    collection: "role",
    resourceVersion: "v7",
  },
  {
    plural: "teleportrolesv8",
    kind: "TeleportRoleV8",
    version: "v1",
    collection: "role",
    resourceVersion: "v8",
  },
  {
    plural: "teleportsamlconnectors",
    kind: "TeleportSAMLConnector",
    version: "v2",
    collection: "saml",
    enterprise: true,
  },
  {
    plural: "teleporttrustedclustersv2",
    kind: "TeleportTrustedClusterV2",
    version: "v1",
    collection: "trusted_cluster",
  },
  { plural: "teleportusers", kind: "TeleportUser", version: "v2", collection: "user" },
  {
    plural: "teleportworkloadidentitiesv1",
    kind: "TeleportWorkloadIdentityV1",
    version: "v1",
    collection: "workload_identity",
  },
];

export const resourceOf = (kind: TeleportKind): Resource => ({
  group: GROUP,
  version: kind.version,
  plural: kind.plural,
});
