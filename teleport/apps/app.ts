import type { Header } from "../headers/header";

/** How an app is registered: in the agent's configuration (static), or as a TeleportAppV3 (dynamic). */
export type Registration = "static" | "dynamic";

/** An app of a stack, after defaults. Source: Teleport's application-access reference. */
export interface App {
  name: string;
  /** Internal address. Default: derived from `cloud` or `mcp`. */
  uri?: string;
  /** Default: `<name>.<clusterName>`. */
  publicAddress?: string;
  useAnyProxyPublicAddress: boolean;
  description?: string;
  labels: Record<string, string>;
  insecureSkipVerify: boolean;
  rewrite: { headers: Header[]; redirect: string[]; jwtClaims?: string };
  cors?: CorsPolicy;
  /** Ports of a `tcp://` app that clients may use. */
  tcpPorts: { port: number; endPort?: number }[];
  cloud?: "AWS" | "Azure" | "GCP";
  /** External id for the AWS role that the agent assumes. */
  awsExternalId?: string;
  /** Labels whose values are the output of programs in the agent's image. */
  commands: { name: string; command: string[]; period: string }[];
  /** Names of apps that a browser logs in to together with this one. */
  requiredApps: string[];
  /** An MCP server that the agent starts and uses over standard input and output. */
  mcp?: { command: string; args: string[]; runAsHostUser: string };
}

/** Cross-origin requests that the agent allows. */
export interface CorsPolicy {
  allowedOrigins: string[];
  allowedMethods: string[];
  allowedHeaders: string[];
  exposedHeaders: string[];
  allowCredentials: boolean;
  maxAgeSeconds?: number;
}

/** Address of an app: its own, or the one that Teleport derives from `cloud` or `mcp`. */
export function appUri(app: Pick<App, "uri" | "cloud" | "mcp">): string {
  if (app.uri !== undefined) return app.uri;
  return app.mcp === undefined ? `cloud://${app.cloud ?? ""}` : "mcp+stdio://";
}

/** Keys of the agent's credentials that an app's headers use. */
export function secretKeys(app: Pick<App, "rewrite">): string[] {
  return app.rewrite.headers.flatMap((header) => ("secret" in header ? [header.secret.key] : []));
}

/** Whether an agent serves apps, static or dynamic. */
export function servesApps(agent: { apps: readonly unknown[]; dynamicApps: boolean }): boolean {
  return agent.apps.length > 0 || agent.dynamicApps;
}
