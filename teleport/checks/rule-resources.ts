import { hint } from "../did-you-mean";
import { quoted } from "../quoted";
import { roleSides, type Check } from "./fault";

/**
 * Kinds of resources that rules of roles name. Teleport takes any text there, and a kind that it does not have is a
 * rule without an effect. From api/types/constants.go of Teleport 18 (its kinds, as of October 2025).
 */
const KINDS = new Set(
  (
    "access_graph access_graph_authorized_key access_graph_private_key access_graph_settings access_list " +
    "access_list_member access_list_review access_monitoring_rule access_plugin_data access_request app app_server " +
    "app_server_or_saml_idp_sp app_session audit_query auth_connector auth_server autoupdate_agent_report " +
    "autoupdate_agent_rollout autoupdate_bot_instance_report autoupdate_config autoupdate_version billing bot " +
    "bot_instance cert_authority client_ip_restriction cluster_alert cluster_audit_config cluster_auth_preference " +
    "cluster_config cluster_maintenance_config cluster_name cluster_networking_config connection_diagnostic " +
    "connectors contact crown_jewel database_certificate db db_object db_object_import_rule db_server db_service " +
    "device discovery_config download dynamic_windows_desktop event external_audit_storage git_server github " +
    "github_request global_notification headless_authentication health_check_config host_cert " +
    "identity_center_account identity_center_account_assignment identity_center_permission_set " +
    "identity_center_principal_assignment installer instance integration jwt kube_cluster kube_server license lock " +
    "login_rule mfa_device namespace network_restrictions node notification oidc oidc_request okta_assignment " +
    "okta_import_rule plugin plugin_data plugin_static_credentials provisioning_principal_state proxy " +
    "recording_encryption recovery_codes relay_server remote_cluster role rotated_key saml " +
    "saml_idp_service_provider saml_idp_session saml_request scoped_role scoped_role_assignment scoped_token " +
    "security_report security_report_cost_limiter security_report_state semaphore server_info session " +
    "session_recording_config session_tracker sigstore_policy snowflake_session spiffe_federation ssh_session " +
    "stable_unix_user static_host_user static_tokens token trusted_cluster tunnel tunnel_connection ui_config " +
    "unified_resource usage_event user user_group user_last_seen_notification user_login_state " +
    "user_notification_state user_task user_token user_token_secrets vnet_config watch_status web_session web_token " +
    "windows_desktop windows_desktop_service workload_identity workload_identity_x509_issuer_override " +
    "workload_identity_x509_issuer_override_csr workload_identity_x509_revocation *"
  ).split(" "),
);

function kindFault(kind: string): string | undefined {
  if (KINDS.has(kind) || kind.includes("{{")) return undefined;
  return (
    `is ${quoted(kind)}, which is not a known kind of Teleport 18, so the rule has no effect on it` +
    hint(kind, [...KINDS])
  );
}

/** Resources of the rules of roles. */
export const ruleResources: Check = (resources) =>
  roleSides(resources).flatMap(({ conditions }) =>
    conditions
      .items("rules")
      .flatMap((rule) => rule.texts("resources"))
      .flatMap((kind) => kind.fault(kindFault(kind.text), { warning: true })),
  );
