import type { Header } from "../headers/header";

/** How an app reaches its agent: in the agent's own configuration, or as an object of the API. */
export type Registration = "static" | "dynamic";

/** An app behind the proxy as a stack declares it, after defaults. */
export interface App {
  name: string;
  /** Default: what `cloud` or `mcp` stand for. */
  uri?: string;
  /** Default: `<name>.<clusterName>`. */
  publicAddress?: string;
  useAnyProxyPublicAddress: boolean;
  description?: string;
  labels: Record<string, string>;
  insecureSkipVerify: boolean;
  rewrite: { headers: Header[]; redirect: string[]; jwtClaims?: string };
  cors?: CorsPolicy;
  /** Ports of a `tcp://` app that clients may ask for. */
  tcpPorts: { port: number; endPort?: number }[];
  cloud?: "AWS" | "Azure" | "GCP";
  /** External id for the AWS role that the agent takes. */
  awsExternalId?: string;
  /** Labels whose values programs in the agent's image print. */
  commands: { name: string; command: string[]; period: string }[];
  /** Names of apps that a browser logs in to together with this one. */
  requiredApps: string[];
  /** An MCP server that the agent starts, speaking over its standard streams. */
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

/** Address of an app that names none, as Teleport itself derives it. */
export function appUri(app: Pick<App, "uri" | "cloud" | "mcp">): string {
  if (app.uri !== undefined) return app.uri;
  return app.mcp === undefined ? `cloud://${app.cloud ?? ""}` : "mcp+stdio://";
}

/** Keys of the agent's credentials that an app's headers take their values from. */
export function secretKeys(app: Pick<App, "rewrite">): string[] {
  return app.rewrite.headers.flatMap((header) => ("secret" in header ? [header.secret.key] : []));
}

/** True for an agent that serves apps, whichever way they are registered. */
export function servesApps(agent: { apps: readonly unknown[]; dynamicApps: boolean }): boolean {
  return agent.apps.length > 0 || agent.dynamicApps;
}
