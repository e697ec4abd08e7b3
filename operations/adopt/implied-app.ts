import { isCredential } from "../../settings/secret-shapes";
import { appUri, type App } from "../../teleport/apps/app";
import { PLACEHOLDER } from "../../teleport/headers/header";
import { appHost } from "../../teleport/names";
import { get, getText } from "../../teleport/values";
import { MISSING, section, set, some, type Sections } from "./sections";

/** A header as a setting, without its value if that is a credential. */
function header(line: string, app: string): Sections {
  const [, name = "", value = ""] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
  const [mark] = PLACEHOLDER.exec(value) ?? [];
  const key = mark?.startsWith(`@@${app}/`) === true ? mark.slice(app.length + 3, -2) : MISSING;
  if (mark === undefined && !isCredential(name, value)) return { name, value };
  const prefix =
    mark === undefined ? /^(bearer|basic|token) /i.exec(value)?.[0] : value.split(mark)[0];
  return { name, secret: set({ key, prefix }) };
}

/**
 * Settings of an app, derived from its entry in `app_service.apps[]` (Teleport application reference). The
 * inverse of `staticApp` in `teleport/apps`. The user has to replace each credential with a secret.
 */
export function impliedApp(app: unknown, clusterName: string): Sections {
  const name = getText(app, "name");
  const host = getText(app, "public_addr");
  const uri = getText(app, "uri");
  const cloud = getText(app, "cloud");
  const mcp = section({
    command: getText(app, "mcp", "command"),
    args: some(get(app, "mcp", "args")),
    runAsHostUser: getText(app, "mcp", "run_as_host_user"),
  });
  const derived = appUri({ cloud: cloud as App["cloud"], mcp: mcp as App["mcp"] });
  return set({
    name,
    uri: (cloud !== "" || mcp !== undefined) && uri === derived ? "" : uri,
    publicAddress: host === appHost({ name }, clusterName) ? "" : host,
    useAnyProxyPublicAddress: get(app, "use_any_proxy_public_addr"),
    description: getText(app, "description"),
    labels: get(app, "labels"),
    insecureSkipVerify: get(app, "insecure_skip_verify"),
    rewrite: section({
      headers: some(get(app, "rewrite", "headers"))?.map((line) => header(String(line), name)),
      redirect: some(get(app, "rewrite", "redirect")),
      jwtClaims: getText(app, "rewrite", "jwt_claims"),
    }),
    cors: section({
      allowedOrigins: some(get(app, "cors", "allowed_origins")),
      allowedMethods: some(get(app, "cors", "allowed_methods")),
      allowedHeaders: some(get(app, "cors", "allowed_headers")),
      exposedHeaders: some(get(app, "cors", "exposed_headers")),
      allowCredentials: get(app, "cors", "allow_credentials"),
      maxAgeSeconds: get(app, "cors", "max_age"),
    }),
    tcpPorts: some(get(app, "tcp_ports"))?.map((range) =>
      set({ port: get(range, "port"), endPort: get(range, "end_port") }),
    ),
    cloud,
    awsExternalId: getText(app, "aws", "external_id"),
    requiredApps: some(get(app, "required_apps")),
    mcp,
  });
}
