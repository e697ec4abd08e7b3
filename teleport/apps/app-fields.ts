import { appHost } from "../names";
import { appUri, type App } from "./app";

type Fields = Record<string, unknown>;

/** The fields without empty ones and `false`, which are Teleport's defaults. */
export function withoutEmpty(fields: Fields): Fields {
  const empty = (value: unknown) =>
    value === undefined ||
    value === false ||
    (typeof value === "object" && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !empty(value)));
}

/**
 * Fields that `app_service.apps[]` of teleport.yaml and the CRD TeleportAppV3 have in common.
 * `headers` have the form of the caller.
 */
export function commonFields(app: App, clusterName: string, headers: unknown[]): Fields {
  const { redirect, jwtClaims } = app.rewrite;
  return withoutEmpty({
    uri: appUri(app),
    public_addr: appHost(app, clusterName),
    use_any_proxy_public_addr: app.useAnyProxyPublicAddress,
    insecure_skip_verify: app.insecureSkipVerify,
    rewrite: withoutEmpty({ headers, redirect, jwt_claims: jwtClaims }),
    cors:
      app.cors === undefined
        ? undefined
        : withoutEmpty({
            allowed_origins: app.cors.allowedOrigins,
            allowed_methods: app.cors.allowedMethods,
            allowed_headers: app.cors.allowedHeaders,
            exposed_headers: app.cors.exposedHeaders,
            allow_credentials: app.cors.allowCredentials,
            max_age: app.cors.maxAgeSeconds,
          }),
    tcp_ports: app.tcpPorts.map(({ port, endPort }) => withoutEmpty({ port, end_port: endPort })),
    cloud: app.cloud,
    aws: withoutEmpty({ external_id: app.awsExternalId }),
    mcp:
      app.mcp === undefined
        ? undefined
        : withoutEmpty({
            command: app.mcp.command,
            args: app.mcp.args,
            run_as_host_user: app.mcp.runAsHostUser,
          }),
  });
}
