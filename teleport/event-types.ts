/**
 * Types of audit events by their first part, from lib/events/api.go of Teleport 18. New releases add some, so what
 * is not here is doubtful and not wrong.
 */
const FAMILIES: Record<string, string> = {
  "": "user_login.invalid_access_list exec port subsystem print resize scp sftp device auth client.disconnect unknown",
  access_list:
    "create update delete review member.create member.update member.delete member.delete_all_for_access_list",
  access_path_changed: "",
  access_request: "create update review delete search",
  app: "create update delete session.start session.end session.chunk session.request session.dynamodb.request",
  aws_identity_center: "resource_sync",
  billing: "create_card delete_card update_card update_info",
  bot: "join create update delete",
  cert: "create generation_mismatch",
  cluster_networking_config: "update",
  contact: "create delete",
  db:
    "create update delete session.start session.end session.query session.query.failed session.result " +
    "session.malformed_packet session.user.create session.user.deactivate session.permissions.update " +
    "session.postgres.statements.parse session.postgres.statements.bind session.postgres.statements.execute " +
    "session.postgres.statements.close session.postgres.function session.mysql.statements.prepare " +
    "session.mysql.statements.execute session.mysql.statements.send_long_data session.mysql.statements.close " +
    "session.mysql.statements.reset session.mysql.statements.fetch session.mysql.statements.bulk_execute " +
    "session.mysql.init_db session.mysql.create_db session.mysql.drop_db session.mysql.shut_down " +
    "session.mysql.process_kill session.mysql.debug session.mysql.refresh session.sqlserver.rpc_request " +
    "session.elasticsearch.request session.opensearch.request session.dynamodb.request session.spanner.rpc " +
    "session.cassandra.batch session.cassandra.prepare session.cassandra.execute session.cassandra.register",
  desktop:
    "recording clipboard.receive clipboard.send directory.share directory.read directory.write",
  device:
    "create delete update enroll authenticate authenticate.confirm token.create webtoken.create",
  discovery_config: "create update delete delete_all",
  external_audit_storage: "enable disable",
  git: "command",
  github: "created updated deleted",
  health_check_config: "create update delete",
  instance: "join",
  integration: "create update delete",
  join_token: "create",
  kube: "request create update delete",
  lock: "created deleted",
  login_rule: "create delete",
  mcp: "session.start session.end session.request session.notification session.listen_sse_stream session.invalid_http_request",
  mfa: "add delete",
  mfa_auth_challenge: "create validate",
  oidc: "created updated deleted",
  okta: "groups.update applications.update sync.failure assignment.process assignment.cleanup access_list.sync user.sync",
  plugin: "create update delete",
  privilege_token: "create",
  provision_token: "create",
  recovery_code: "generated used",
  recovery_token: "create",
  reset_password_token: "create",
  role: "created updated deleted",
  saml:
    "created updated deleted idp.auth idp.service.provider.create idp.service.provider.update " +
    "idp.service.provider.delete idp.service.provider.delete_all",
  secreports: "audit.query.run report.run",
  session:
    "start end leave join upload data command disk network connect rejected process_exit recording.access",
  session_recording_config: "update",
  sigstore_policy: "create update delete",
  spiffe: "svid.issued federation.create federation.delete",
  ssm: "run",
  static_host_user: "create update delete",
  stable_unix_user: "create",
  trusted_cluster: "create delete",
  trusted_cluster_token: "create",
  upgradewindowstart: "update",
  user:
    "login login_failed create update delete password_change headless.requested headless.approved " +
    "headless.approved_failed headless.rejected",
  user_task: "create update delete",
  windows: "desktop.session.start desktop.session.end",
  workload_identity: "create update delete",
  workload_identity_x509_revocation: "create update delete",
  x11: "forward",
};

/** Every type of audit event that is known. */
export const EVENT_TYPES: readonly string[] = [
  "auth_preference.update",
  "autoupdate_config.create",
  "autoupdate_config.update",
  "autoupdate_config.delete",
  "autoupdate_version.create",
  "autoupdate_version.update",
  "autoupdate_version.delete",
  "access_graph.access_path_changed",
  "access_graph.crown_jewel.create",
  "access_graph.crown_jewel.update",
  "access_graph.crown_jewel.delete",
  "auth.server.ready",
  ...Object.entries(FAMILIES).flatMap(([family, types]) =>
    types === ""
      ? [family]
      : types.split(" ").map((type) => (family === "" ? type : `${family}.${type}`)),
  ),
];
