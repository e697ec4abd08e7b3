/** Kinds of the Teleport operator. Source: its 21 CRDs in Teleport 18. */

/** API group of the Teleport operator. */
export const TELEPORT_GROUP = "resources.teleport.dev";

interface KindEntry {
  /** Version in the API group, which differs from the resource's version in Teleport. */
  version: string;
  /** Key of `access-plane:resources` under which it is declared. */
  collection: string;
  /** Version of the role in Teleport. Each version is a kind of its own. */
  roleVersion?: string;
  /** The operator reconciles it only with an Enterprise licence. */
  enterprise?: true;
}

/** All kinds. Resources refer only to kinds above their own. */
export const KINDS = {
  TeleportRole: { version: "v5", collection: "roles", roleVersion: "v5" },
  TeleportRoleV6: { version: "v1", collection: "roles", roleVersion: "v6" },
  TeleportRoleV7: { version: "v1", collection: "roles", roleVersion: "v7" },
  TeleportRoleV8: { version: "v1", collection: "roles", roleVersion: "v8" },
  TeleportLoginRule: { version: "v1", collection: "loginRules", enterprise: true },
  TeleportGithubConnector: { version: "v3", collection: "githubConnectors" },
  TeleportOIDCConnector: { version: "v3", collection: "oidcConnectors", enterprise: true },
  TeleportSAMLConnector: { version: "v2", collection: "samlConnectors", enterprise: true },
  TeleportUser: { version: "v2", collection: "users" },
  TeleportAccessList: { version: "v1", collection: "accessLists", enterprise: true },
  TeleportBotV1: { version: "v1", collection: "bots" },
  TeleportProvisionToken: { version: "v2", collection: "provisionTokens" },
  TeleportTrustedClusterV2: { version: "v1", collection: "trustedClusters" },
  TeleportWorkloadIdentityV1: { version: "v1", collection: "workloadIdentities" },
  TeleportAppV3: { version: "v1", collection: "apps" },
  TeleportDatabaseV3: { version: "v1", collection: "databases" },
  TeleportOpenSSHServerV2: { version: "v1", collection: "opensshServers" },
  TeleportOpenSSHEICEServerV2: { version: "v1", collection: "opensshEICEServers" },
  TeleportOktaImportRule: { version: "v1", collection: "oktaImportRules", enterprise: true },
  TeleportAutoupdateConfigV1: { version: "v1", collection: "autoupdateConfigs" },
  TeleportAutoupdateVersionV1: { version: "v1", collection: "autoupdateVersions" },
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

/** Name of a kind, such as `TeleportWorkloadIdentityV1`. */
interface KindNames {
  /** In paths of the API: `teleportworkloadidentitiesv1`. */
  plural: string;
  /** In resource names and messages: `workload-identity`. */
  singular: string;
}

/** The table's entry of a kind, and its names. `npm run generate` compares them with the CRDs'. */
export function kindInfo(kind: TeleportKind): KindEntry & KindNames {
  const { collection } = KINDS[kind];
  return {
    ...KINDS[kind],
    plural: kind
      .replace(/(V\d)?$/, "s$1")
      .replace("ys", "ies")
      .toLowerCase(),
    singular: collection
      .replace(/ies$/, "y")
      .replace(/s$/, "")
      .replace(/[A-Z]+(?=[A-Z]|$)|[A-Z]/g, "-$&")
      .toLowerCase(),
  };
}

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
