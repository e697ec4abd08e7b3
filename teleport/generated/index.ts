/** Made from the Teleport operator's CRDs by `npm run generate`; do not edit. */

import type { RoleSpec, RoleV6Spec, RoleV7Spec, RoleV8Spec } from "./role";
import type { LoginRuleSpec } from "./login-rule";
import type { GithubConnectorSpec } from "./github-connector";
import type { OIDCConnectorSpec } from "./oidc-connector";
import type { SAMLConnectorSpec } from "./saml-connector";
import type { UserSpec } from "./user";
import type { AccessListSpec } from "./access-list";
import type { BotV1Spec } from "./bot-v1";
import type { ProvisionTokenSpec } from "./provision-token";
import type { TrustedClusterV2Spec } from "./trusted-cluster-v2";
import type { WorkloadIdentityV1Spec } from "./workload-identity-v1";
import type { AppV3Spec } from "./app-v3";
import type { DatabaseV3Spec } from "./database-v3";
import type { OpenSSHServerV2Spec, OpenSSHEICEServerV2Spec } from "./open-ssh-server-v2";
import type { OktaImportRuleSpec } from "./okta-import-rule";
import type { AutoupdateConfigV1Spec } from "./autoupdate-config-v1";
import type { AutoupdateVersionV1Spec } from "./autoupdate-version-v1";

export type {
  RoleSpec,
  RoleV6Spec,
  RoleV7Spec,
  RoleV8Spec,
  LoginRuleSpec,
  GithubConnectorSpec,
  OIDCConnectorSpec,
  SAMLConnectorSpec,
  UserSpec,
  AccessListSpec,
  BotV1Spec,
  ProvisionTokenSpec,
  TrustedClusterV2Spec,
  WorkloadIdentityV1Spec,
  AppV3Spec,
  DatabaseV3Spec,
  OpenSSHServerV2Spec,
  OpenSSHEICEServerV2Spec,
  OktaImportRuleSpec,
  AutoupdateConfigV1Spec,
  AutoupdateVersionV1Spec,
};

/** Spec of each kind. */
export interface Specs {
  TeleportRole: RoleSpec;
  TeleportRoleV6: RoleV6Spec;
  TeleportRoleV7: RoleV7Spec;
  TeleportRoleV8: RoleV8Spec;
  TeleportLoginRule: LoginRuleSpec;
  TeleportGithubConnector: GithubConnectorSpec;
  TeleportOIDCConnector: OIDCConnectorSpec;
  TeleportSAMLConnector: SAMLConnectorSpec;
  TeleportUser: UserSpec;
  TeleportAccessList: AccessListSpec;
  TeleportBotV1: BotV1Spec;
  TeleportProvisionToken: ProvisionTokenSpec;
  TeleportTrustedClusterV2: TrustedClusterV2Spec;
  TeleportWorkloadIdentityV1: WorkloadIdentityV1Spec;
  TeleportAppV3: AppV3Spec;
  TeleportDatabaseV3: DatabaseV3Spec;
  TeleportOpenSSHServerV2: OpenSSHServerV2Spec;
  TeleportOpenSSHEICEServerV2: OpenSSHEICEServerV2Spec;
  TeleportOktaImportRule: OktaImportRuleSpec;
  TeleportAutoupdateConfigV1: AutoupdateConfigV1Spec;
  TeleportAutoupdateVersionV1: AutoupdateVersionV1Spec;
}
