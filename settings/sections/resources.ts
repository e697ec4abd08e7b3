import { z } from "zod";
import { ROLE_VERSIONS, type TeleportKind } from "../../teleport/resources/kinds";
import { PRESETS } from "../../teleport/resources/presets";
import { botJoin } from "./agent-join";
import { customResource } from "./custom-resource";
import { nonEmpty, off, on, secretKey, vaultPath } from "./fields";

/** Resources by their name in Teleport. */
const byName = <Entry extends z.ZodType>(entry: Entry, about: string) =>
  z.record(nonEmpty, entry).prefault({}).describe(`${about}, by name. Default: none.`);

const declared = <Kind extends TeleportKind>(kind: Kind, about: string) =>
  byName(z.strictObject(customResource(kind)), about);

/** A key of a path in Vault. */
const inVault = (key: string) =>
  z.strictObject({
    path: vaultPath.describe("KV v2 path (below `vault.kvMount`)."),
    key: secretKey.default(key).describe("Key of that path."),
  });

/** What connectors that authenticate to a provider with a secret of their own have besides. */
const secret = {
  clientSecret: inVault("client-secret")
    .optional()
    .describe("Where Vault keeps `client_secret`, which the operator then reads from a Secret."),
};

export const resources = z
  .strictObject({
    files: z
      .array(nonEmpty)
      .prefault([])
      .describe(
        "Files in the stack file's folder (paths or globs), each with some of the mappings by name below. Default: none.",
      ),
    presets: z
      .array(z.enum(Object.keys(PRESETS) as (keyof typeof PRESETS)[]))
      .default(["kube-admin"])
      .describe("Ready-made roles; one declared below `roles` takes the place of its namesake."),
    sessionMfa: on("The preset kube-admin asks for a second factor at each session."),
    roles: byName(
      z.strictObject({
        version: z
          .enum(ROLE_VERSIONS)
          .default("v8")
          .describe("Version of the role; may be changed while people hold it."),
        // All versions have the same fields.
        ...customResource("TeleportRoleV8"),
      }),
      "Roles",
    ),
    loginRules: declared("TeleportLoginRule", "Login rules"),
    githubConnectors: byName(
      z.strictObject({ ...customResource("TeleportGithubConnector"), ...secret }),
      "GitHub connectors",
    ),
    oidcConnectors: byName(
      z.strictObject({
        ...customResource("TeleportOIDCConnector"),
        ...secret,
        googleServiceAccount: inVault("service-account.json")
          .optional()
          .describe(
            "Google Workspace: where Vault keeps the JSON key of the service account, which is mounted into the auth pods.",
          ),
      }),
      "OIDC connectors",
    ),
    samlConnectors: declared("TeleportSAMLConnector", "SAML connectors"),
    users: declared("TeleportUser", "Users kept in Teleport"),
    accessLists: declared("TeleportAccessList", "Access lists"),
    bots: byName(
      z.strictObject({ ...customResource("TeleportBotV1"), join: botJoin.optional() }),
      "Bots",
    ),
    provisionTokens: byName(
      z.strictObject({
        ...customResource("TeleportProvisionToken"),
        wide: off(
          "Let its rules mean a whole cloud account, or all service accounts of a namespace or a cluster, which is refused otherwise.",
        ),
      }),
      "Provision tokens",
    ),
    trustedClusters: declared("TeleportTrustedClusterV2", "Trusted clusters"),
    workloadIdentities: declared("TeleportWorkloadIdentityV1", "Workload identities"),
    apps: declared("TeleportAppV3", "Apps, registered live"),
    databases: declared("TeleportDatabaseV3", "Databases"),
    opensshServers: declared("TeleportOpenSSHServerV2", "OpenSSH servers without an agent"),
    opensshEICEServers: declared(
      "TeleportOpenSSHEICEServerV2",
      "OpenSSH servers behind EC2 Instance Connect",
    ),
    oktaImportRules: declared("TeleportOktaImportRule", "Okta import rules"),
    autoupdateConfigs: declared("TeleportAutoupdateConfigV1", "The one autoupdate-config"),
    autoupdateVersions: declared("TeleportAutoupdateVersionV1", "The one autoupdate-version"),
  })
  .prefault({})
  .describe("Teleport resources that the operator manages.");
