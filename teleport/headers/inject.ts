import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { appUri, secretKeys, type App } from "../apps/app";
import { CHECKOUT } from "../checkout";
import { containerSecurityContext } from "../images";
import type { PodParts } from "../pod-parts";
import { checkConfig, CREDENTIALS_DIR, CREDENTIALS_MOUNT, credentialsVolume } from "./pod";

/**
 * Secret headers by a Caddy sidecar. Teleport sends requests to a loopback address. The sidecar adds
 * the secret headers and passes the request to the app's real address. Secrets are in no
 * configuration, resource or API of Teleport, and a changed file takes effect at once.
 */

/** Port of the sidecar. Each app has its own loopback address. */
const PORT = 8480;
/** Port on the pod's address for probes only. */
const PROBE_PORT = 8481;
const CONFIG_DIR = "/etc/header-proxy";
const CONFIG_FILE = `${CONFIG_DIR}/caddy.json`;
const USES_FILE = `${CONFIG_DIR}/uses`;
const CONFIG_MOUNT = { name: "header-proxy", mountPath: CONFIG_DIR, readOnly: true };
/** Headers that Teleport's proxies add, and that Caddy changes by default. */
const FORWARDED = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"];

/** POSIX shell script that checks the credentials before Teleport starts. */
export const CHECK_SCRIPT = fs.readFileSync(
  path.join(CHECKOUT, "teleport/headers/check-secrets.sh"),
  "utf8",
);

/** Name of the ConfigMap with the sidecar's configuration. */
export function headerProxyConfigMap(release: string): string {
  return `${release}-header-proxy`;
}

/**
 * Loopback address at which the sidecar serves an app. It depends only on the app's name, so other
 * apps do not change it. All of 127.0.0.0/8 is local on Linux.
 */
export function localAddress(app: string): string {
  const [a = 0, b = 0, c = 0] = createHash("sha256").update(app).digest();
  return `127.${1 + (a % 254)}.${b}.${1 + (c % 254)}`;
}

/** Whether an app has a secret header. */
export function hasSecret(app: Pick<App, "rewrite">): boolean {
  return secretKeys(app).length > 0;
}

/** An app in Teleport's configuration, when the sidecar adds its secret headers. */
export function behindSidecar(app: App): App {
  if (!hasSecret(app)) return app;
  const headers = app.rewrite.headers.filter((header) => !("secret" in header));
  const local = new URL(appUri(app).replace(/^(mcp\+(?:sse\+)?)?https?:/, "http:"));
  local.hostname = localAddress(app.name);
  local.port = String(PORT);
  const [mcp = ""] = /^mcp\+(sse\+)?/.exec(appUri(app)) ?? [];
  return {
    ...app,
    // `new URL` adds a slash to an address without a path, which Teleport would treat as a path.
    uri: mcp + (/^[^/]*\/\/[^/]*$/.test(appUri(app)) ? local.origin : local.href),
    insecureSkipVerify: false,
    rewrite: { ...app.rewrite, headers },
  };
}

/** Names of apps of one agent that have the same loopback address, in groups. */
export function sharedAddresses(apps: readonly Pick<App, "name" | "rewrite">[]): string[][] {
  const byAddress = new Map<string, string[]>();
  for (const { name } of apps.filter(hasSecret)) {
    const address = localAddress(name);
    byAddress.set(address, [...(byAddress.get(address) ?? []), name]);
  }
  return [...byAddress.values()].filter((names) => names.length > 1);
}

const file = (key: string) => `{file.${CREDENTIALS_DIR}/${key}}`;

/** Routes that read each key once and answer 502 if one is missing or empty. */
function guard(app: Pick<App, "name" | "rewrite">): object[] {
  const keys = [...new Set(secretKeys(app))];
  const read = Object.fromEntries(keys.map((key) => [`secret ${key}`, file(key)]));
  return [
    { handle: [{ handler: "vars", ...read }] },
    ...keys.map((key) => ({
      match: [{ vars: { [`{http.vars.secret ${key}}`]: [""] } }],
      handle: [
        {
          handler: "error",
          status_code: 502,
          error: `app ${app.name}: key ${key} of the agent's credentials is missing or empty`,
        },
      ],
    })),
  ];
}

/** The route to the app. `forwarded`: for requests that already have X-Forwarded-For. */
function forward(app: App, forwarded: boolean): object {
  const url = new URL(appUri(app).replace(/^mcp\+(sse\+)?/, ""));
  const tls = url.protocol === "https:";
  const secrets = app.rewrite.headers.flatMap((header) =>
    "secret" in header
      ? [[header.name, [`${header.secret.prefix}{http.vars.secret ${header.secret.key}}`]] as const]
      : [],
  );
  const ownHost = app.rewrite.headers.some(({ name }) => name.toLowerCase() === "host");
  return {
    ...(forwarded ? { match: [{ header: { "X-Forwarded-For": ["*"] } }] } : {}),
    handle: [
      // Caddy adds `Via`.
      { handler: "headers", response: { deferred: true, delete: ["Via"] } },
      {
        handler: "reverse_proxy",
        upstreams: [{ dial: `${url.hostname}:${url.port || (tls ? "443" : "80")}` }],
        transport: {
          protocol: "http",
          // Pass the client's Accept-Encoding on; the sidecar does not compress.
          compression: false,
          versions: ["1.1"],
          ...(tls ? { tls: app.insecureSkipVerify ? { insecure_skip_verify: true } : {} } : {}),
        },
        // A changed configuration must not cut WebSockets.
        stream_close_delay: "24h",
        headers: {
          request: {
            set: {
              ...(ownHost ? {} : { Host: [url.host] }),
              ...(forwarded
                ? Object.fromEntries(
                    FORWARDED.map((name) => [name, [`{http.request.header.${name}}`]]),
                  )
                : {}),
              ...Object.fromEntries(secrets),
            },
            delete: ["Via", ...(forwarded ? [] : FORWARDED)],
          },
        },
      },
    ],
    terminal: true,
  };
}

/** Header names with this character. Caddy drops those with `_` or `.` unless they are listed. */
const named = (app: App, mark: string) =>
  app.rewrite.headers.flatMap(({ name }) => (name.includes(mark) ? [name] : []));

/**
 * `caddy.json` for the apps of one agent that have a secret header. It has paths of files, no secrets.
 * Source: Caddy's JSON configuration reference.
 */
export function headerProxyConfig(apps: readonly App[]): string {
  const own = apps.filter(hasSecret).sort((a, b) => (a.name < b.name ? -1 : 1));
  const server = (app: App) => ({
    listen: [`${localAddress(app.name)}:${PORT}`],
    protocols: ["h1"],
    automatic_https: { disable: true },
    expected_underscore_headers: named(app, "_"),
    expected_dot_headers: named(app, "."),
    routes: [...guard(app), forward(app, true), forward(app, false)],
  });
  const probe = {
    listen: [`:${PROBE_PORT}`],
    protocols: ["h1"],
    automatic_https: { disable: true },
    routes: [...own.flatMap(guard), { handle: [{ handler: "static_response", status_code: 200 }] }],
  };
  const config = {
    admin: { disabled: true, config: { persist: false } },
    logging: {
      logs: {
        default: {
          level: "WARN",
          // Request headers have cookies and tokens.
          encoder: {
            format: "filter",
            wrap: { format: "json" },
            fields: { "request>headers": { filter: "delete" } },
          },
        },
      },
    },
    apps: {
      http: {
        // Teleport still forwards open requests when the pod ends.
        shutdown_delay: "5s",
        grace_period: "20s",
        servers: {
          probe,
          ...Object.fromEntries(own.map((app) => [`app-${app.name}`, server(app)])),
        },
      },
    },
  };
  return JSON.stringify(config);
}

/**
 * Data of the sidecar's ConfigMap: its configuration, and which app uses which key. The pod reads both
 * from the mount, so a new dynamic app with a secret needs no restart.
 */
export function headerProxyData(apps: readonly App[]): Record<string, string> {
  const uses = apps.flatMap((app) => secretKeys(app).map((key) => `${app.name}/${key}\n`));
  return { "caddy.json": headerProxyConfig(apps), uses: [...new Set(uses)].sort().join("") };
}

/** Input of {@link injectedHeaders}. */
export interface InjectArgs {
  releaseName: string;
  credentialsSecretName: string;
  /** Image with the program `caddy` 2.11 or later, and a POSIX shell for the check at start. */
  headerProxyImage: string;
  teleportImage: string;
  pullPolicy: string;
  caSecretName?: string;
}

/** Pod parts of the sidecar and its checks. */
export function injectedHeaders(args: InjectArgs): PodParts {
  const ca = args.caSecretName === undefined ? [] : [{ name: "teleport-tls-ca" }];
  return {
    initContainers: [
      {
        name: "check-secrets",
        image: args.headerProxyImage,
        imagePullPolicy: args.pullPolicy,
        command: ["sh", "-c", CHECK_SCRIPT, "check-secrets", CREDENTIALS_DIR, USES_FILE],
        securityContext: containerSecurityContext,
        resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } },
        volumeMounts: [CREDENTIALS_MOUNT, CONFIG_MOUNT],
      },
      checkConfig(args.teleportImage, args.pullPolicy),
    ],
    extraContainers: [
      {
        name: "header-proxy",
        image: args.headerProxyImage,
        imagePullPolicy: args.pullPolicy,
        command: ["caddy", "run", "--watch", "--config", CONFIG_FILE],
        // Caddy's program has the file capability to bind low ports. Without that capability in the
        // container's bounding set the kernel refuses to start it.
        securityContext: {
          ...containerSecurityContext,
          capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
        },
        env: [
          { name: "HOME", value: "/tmp" },
          ...ca.map(() => ({ name: "SSL_CERT_FILE", value: "/etc/teleport-tls-ca/ca.pem" })),
        ],
        ports: [{ name: "header-probe", containerPort: PROBE_PORT, protocol: "TCP" }],
        readinessProbe: { httpGet: { path: "/", port: "header-probe" }, periodSeconds: 5 },
        resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
        volumeMounts: [
          CREDENTIALS_MOUNT,
          CONFIG_MOUNT,
          ...ca.map(({ name }) => ({ name, mountPath: "/etc/teleport-tls-ca", readOnly: true })),
        ],
      },
    ],
    extraVolumes: [
      credentialsVolume(args.credentialsSecretName),
      { name: "header-proxy", configMap: { name: headerProxyConfigMap(args.releaseName) } },
    ],
  };
}
