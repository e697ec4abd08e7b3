/** A request header of an app: a plain value, or one key of the agent's credentials. */
export type Header =
  | { name: string; value: string }
  | { name: string; secret: { key: string; prefix: string } };

/** Placeholder of a secret in the ConfigMap: `@@APP/KEY@@`. */
export function placeholder(app: string, key: string): string {
  return `@@${app}/${key}@@`;
}

/** Matches placeholders. */
export const PLACEHOLDER = /@@[A-Za-z0-9-]+\/[A-Za-z0-9._-]+@@/;

/** A header for `app_service.apps[].rewrite.headers`: `Name: value`. */
export function headerLine(app: string, header: Header): string {
  return "secret" in header
    ? `${header.name}: ${header.secret.prefix}${placeholder(app, header.secret.key)}`
    : `${header.name}: ${header.value}`;
}
