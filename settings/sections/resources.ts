import { z } from "zod";
import { ROLE_VERSIONS, type TeleportKind } from "../../teleport/resources/kinds";
import { PRESETS } from "../../teleport/resources/presets";
import { customResource } from "./custom-resource";

/** Resources by their name in Teleport. */
const byName = <Entry extends z.ZodType>(entry: Entry, about: string) =>
  z.record(z.string().min(1), entry).prefault({}).describe(`${about}, by name. Default: none.`);

const declared = <Kind extends TeleportKind>(kind: Kind, about: string) =>
  byName(z.strictObject(customResource(kind)), about);

export const resources = z
  .strictObject({
    presets: z
      .array(z.enum(Object.keys(PRESETS) as (keyof typeof PRESETS)[]))
      .default(["kube-admin"])
      .describe("Ready-made roles; one declared below `roles` takes the place of its namesake."),
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
    githubConnectors: declared("TeleportGithubConnector", "GitHub connectors"),
    oidcConnectors: declared("TeleportOIDCConnector", "OIDC connectors"),
    samlConnectors: declared("TeleportSAMLConnector", "SAML connectors"),
    users: declared("TeleportUser", "Users kept in Teleport"),
    accessLists: declared("TeleportAccessList", "Access lists"),
    bots: declared("TeleportBotV1", "Bots"),
    provisionTokens: declared("TeleportProvisionToken", "Provision tokens"),
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
