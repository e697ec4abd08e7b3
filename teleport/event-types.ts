/**
 * Types of audit events by their first part. New releases add types, so others are only a warning.
 * Source: Teleport's audit event reference of 18.3 (docs/pages/reference/audit-events.mdx, commit 0044e668), and
 * lib/events/api.go (commit ee2dd1ae) for types that it does not describe.
 */
const FAMILIES: Record<string, string> = {
  "": "auth device exec port print resize scp sftp sftp_summary subsystem unknown x11-forward",
  access_graph: "access_path_changed crown_jewel.create crown_jewel.delete crown_jewel.update",
  access_graph_settings: "update",
  access_list:
    "create delete member.create member.delete member.delete_all_for_access_list " +
    "member.update review update",
  access_request: "create delete expire review search update",
  app:
    "create delete session.chunk session.dynamodb.request session.end session.request " +
    "session.start update",
  auth_preference: "update",
  auto_update_agent_rollout: "force_done rollback trigger",
  auto_update_config: "create delete update",
  auto_update_version: "create delete update",
  aws_identity_center: "resource_sync.failed resource_sync.success",
  billing: "create_card delete_card update_card update_info",
  bot: "create delete join update",
  cert: "create generation_mismatch",
  cir: "update",
  client: "disconnect",
  cluster_networking_config: "update",
  contact: "create delete",
  db:
    "create delete session.cassandra.batch session.cassandra.execute " +
    "session.cassandra.prepare session.cassandra.register session.dynamodb.request " +
    "session.elasticsearch.request session.end session.malformed_packet " +
    "session.mysql.create_db session.mysql.debug session.mysql.drop_db " +
    "session.mysql.init_db session.mysql.process_kill session.mysql.refresh " +
    "session.mysql.shut_down session.mysql.statements.bulk_execute " +
    "session.mysql.statements.close session.mysql.statements.execute " +
    "session.mysql.statements.fetch session.mysql.statements.prepare " +
    "session.mysql.statements.reset session.mysql.statements.send_long_data " +
    "session.opensearch.request session.permissions.update session.postgres.function " +
    "session.postgres.statements.bind session.postgres.statements.close " +
    "session.postgres.statements.execute session.postgres.statements.parse session.query " +
    "session.query.failed session.result session.spanner.rpc session.sqlserver.rpc_request " +
    "session.start session.user.create session.user.deactivate update",
  desktop:
    "clipboard.receive clipboard.send directory.read directory.share directory.write " +
    "recording",
  device:
    "authenticate authenticate.confirm create delete token.create token.spent update " +
    "webtoken.create",
  discovery_config: "create delete delete_all update",
  external_audit_storage: "disable enable",
  git: "command",
  github: "created deleted updated",
  health_check_config: "create delete update",
  instance: "join",
  integration: "create delete update",
  join_token:
    "bound_keypair.join_state_verification_failed bound_keypair.recovery " +
    "bound_keypair.rotation create",
  kube: "create delete request update",
  lock: "created deleted",
  login_rule: "create delete",
  mcp:
    "session.end session.invalid_http_request session.listen_sse_stream " +
    "session.notification session.request session.start",
  mfa: "add delete",
  mfa_auth_challenge: "create validate",
  oidc: "created deleted updated",
  okta:
    "access_list.sync applications.update assignment.cleanup assignment.process " +
    "groups.update sync.failure user.sync",
  plugin: "create delete update",
  port: "local remote remote_conn",
  privilege_token: "create",
  recovery_code: "generated used",
  recovery_token: "create",
  reset_password_token: "create",
  role: "created deleted updated",
  saml:
    "created deleted idp.auth idp.service.provider.create idp.service.provider.delete " +
    "idp.service.provider.delete_all idp.service.provider.update updated",
  scim: "create delete get list patch update",
  secreports: "audit.query.run report.run",
  session:
    "command connect data disk end join leave network process_exit recording.access " +
    "rejected start upload",
  session_recording_config: "update",
  sigstore_policy: "create delete update",
  spiffe: "federation.create federation.delete svid.issued",
  ssm: "run",
  stable_unix_user: "create",
  static_host_user: "create delete update",
  trusted_cluster: "create delete",
  trusted_cluster_token: "create",
  upgradewindowstart: "update",
  user: "create delete login password_change update",
  user_login: "invalid_access_list",
  user_task: "create delete update",
  vnet: "config.create config.delete config.update",
  windows: "desktop.session.end desktop.session.start",
  workload_identity: "create delete update",
  workload_identity_x509_issuer_override: "create delete",
  workload_identity_x509_revocation: "create delete update",
};

/** All known types of audit events. */
export const EVENT_TYPES: readonly string[] = Object.entries(FAMILIES).flatMap(([family, types]) =>
  types.split(" ").map((type) => (family === "" ? type : `${family}.${type}`)),
);
