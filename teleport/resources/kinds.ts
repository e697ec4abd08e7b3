/** Kinds of the Teleport operator. Source: its 21 CRDs in Teleport 18. */

/** API group of the Teleport operator. */
export const TELEPORT_GROUP = "resources.teleport.dev";

interface KindEntry {
  /** Version in the API group, which differs from the resource's version in Teleport. */
  version: string;
  plural: string;
  /** Key of `access-plane:resources` under which it is declared. */
  collection: string;
  /** Name of one resource, in resource names and messages. */
  singular: string;
  /** Version of the role in Teleport. Each version is a kind of its own. */
  roleVersion?: string;
  /** The operator reconciles it only with an Enterprise licence. */
  enterprise?: true;
}

/** All kinds. Resources refer only to kinds above their own. */
export const KINDS = {
  TeleportRole: {
    version: "v5",
    plural: "teleportroles",
    collection: "roles",
    singular: "role",
    roleVersion: "v5",
  },
  TeleportRoleV6: {
    version: "v1",
    plural: "teleportrolesv6",
    collection: "roles",
    singular: "role",
    roleVersion: "v6",
  },
  TeleportRoleV7: {
    version: "v1",
    plural: "teleportrolesv7",
    collection: "roles",
    singular: "role",
    roleVersion: "v7",
  },
  TeleportRoleV8: {
    version: "v1",
    plural: "teleportrolesv8",
    collection: "roles",
    singular: "role",
    roleVersion: "v8",
  },
  TeleportLoginRule: {
    version: "v1",
    plural: "teleportloginrules",
    collection: "loginRules",
    singular: "login-rule",
    enterprise: true,
  },
  TeleportGithubConnector: {
    version: "v3",
    plural: "teleportgithubconnectors",
    collection: "githubConnectors",
    singular: "github-connector",
  },
  TeleportOIDCConnector: {
    version: "v3",
    plural: "teleportoidcconnectors",
    collection: "oidcConnectors",
    singular: "oidc-connector",
    enterprise: true,
  },
  TeleportSAMLConnector: {
    version: "v2",
    plural: "teleportsamlconnectors",
    collection: "samlConnectors",
    singular: "saml-connector",
    enterprise: true,
  },
  TeleportUser: {
    version: "v2",
    plural: "teleportusers",
    collection: "users",
    singular: "user",
  },
  TeleportAccessList: {
    version: "v1",
    plural: "teleportaccesslists",
    collection: "accessLists",
    singular: "access-list",
    enterprise: true,
  },
  TeleportBotV1: {
    version: "v1",
    plural: "teleportbotsv1",
    collection: "bots",
    singular: "bot",
  },
  TeleportProvisionToken: {
    version: "v2",
    plural: "teleportprovisiontokens",
    collection: "provisionTokens",
    singular: "provision-token",
  },
  TeleportTrustedClusterV2: {
    version: "v1",
    plural: "teleporttrustedclustersv2",
    collection: "trustedClusters",
    singular: "trusted-cluster",
  },
  TeleportWorkloadIdentityV1: {
    version: "v1",
    plural: "teleportworkloadidentitiesv1",
    collection: "workloadIdentities",
    singular: "workload-identity",
  },
  TeleportAppV3: {
    version: "v1",
    plural: "teleportappsv3",
    collection: "apps",
    singular: "app",
  },
  TeleportDatabaseV3: {
    version: "v1",
    plural: "teleportdatabasesv3",
    collection: "databases",
    singular: "database",
  },
  TeleportOpenSSHServerV2: {
    version: "v1",
    plural: "teleportopensshserversv2",
    collection: "opensshServers",
    singular: "openssh-server",
  },
  TeleportOpenSSHEICEServerV2: {
    version: "v1",
    plural: "teleportopenssheiceserversv2",
    collection: "opensshEICEServers",
    singular: "openssh-eice-server",
  },
  TeleportOktaImportRule: {
    version: "v1",
    plural: "teleportoktaimportrules",
    collection: "oktaImportRules",
    singular: "okta-import-rule",
    enterprise: true,
  },
  TeleportAutoupdateConfigV1: {
    version: "v1",
    plural: "teleportautoupdateconfigsv1",
    collection: "autoupdateConfigs",
    singular: "autoupdate-config",
  },
  TeleportAutoupdateVersionV1: {
    version: "v1",
    plural: "teleportautoupdateversionsv1",
    collection: "autoupdateVersions",
    singular: "autoupdate-version",
  },
} as const satisfies Record<string, KindEntry>;

/** Kind of a custom resource, such as `TeleportUser`. */
export type TeleportKind = keyof typeof KINDS;
/** Key of `access-plane:resources` that holds resources, such as `users`. */
export type Collection = (typeof KINDS)[TeleportKind]["collection"];
/** Version of a role in Teleport. */
export type RoleVersion = Extract<
  (typeof KINDS)[TeleportKind],
  { roleVersion: string }
>["roleVersion"];

/** All kinds, in the table's order. */
export const ALL_KINDS = Object.keys(KINDS) as TeleportKind[];

/** The table's entry of a kind. */
export const kindInfo = (kind: TeleportKind): KindEntry => KINDS[kind];

/** `apiVersion` of a kind. */
export const apiVersion = (kind: TeleportKind): string =>
  `${TELEPORT_GROUP}/${KINDS[kind].version}`;

/** Versions of roles, oldest first. */
export const ROLE_VERSIONS = ALL_KINDS.flatMap(
  (kind) => kindInfo(kind).roleVersion ?? [],
) as RoleVersion[];

/** The collections of `access-plane:resources`, in the table's order. */
export const COLLECTIONS = [...new Set(ALL_KINDS.map((kind) => KINDS[kind].collection))];

/** Kind of a collection's resources. Roles have a kind for each version. Throws if there is none. */
export function kindOf(collection: Collection, roleVersion?: RoleVersion): TeleportKind {
  const kind = ALL_KINDS.find((candidate) => {
    const info = kindInfo(candidate);
    return info.collection === collection && info.roleVersion === roleVersion;
  });
  if (kind === undefined) {
    throw new Error(`there is no kind for ${collection}${roleVersion ? ` ${roleVersion}` : ""}`);
  }
  return kind;
}
