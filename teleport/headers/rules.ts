import { templateFault } from "../checks/traits";

/**
 * What a header that an app gets may be. Teleport 18 (lib/srv/app/transport.go, rewriteHeaders) skips a
 * header whose template it cannot expand, before it removes the client's own header of that name: the user
 * could then send any value.
 */

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110, section 5.5: no control characters but tab. */
const ILLEGAL_BYTE = /[\u0000-\u0008\u000a-\u001f\u007f]/;
/** Set by Teleport itself, which ignores what is configured. */
const RESERVED =
  /^(x-forwarded-.*|x-real-ip|teleport-jwt-assertion|cf-access-token|x-teleport-.*)$/i;
/** They describe the connection, not the request: setting them breaks requests. */
const CONNECTION =
  /^(connection|content-length|transfer-encoding|te|trailer|upgrade|keep-alive|proxy-connection)$/i;
/** Headers by which apps take a user as logged in. */
const IDENTITY =
  /^(x-webauth-.*|(x-)?remote[-_]user|(x-)?auth(enticated)?[-_]?(request[-_])?(user|email|name|groups?|roles?)(name)?|x-(user|username|email|groups?|roles?)|x-proxy-user)$/i;

/** What is wrong with a header's name; undefined if nothing is. `shown` is the name for the message. */
export function headerNameFault(name: string, shown: string): string | undefined {
  if (!TOKEN.test(name)) {
    return `is ${shown}, must be a header's name: letters, digits and !#$%&'*+.^_\`|~-, without colon or space.`;
  }
  if (RESERVED.test(name)) return `is "${name}", which Teleport sets itself: remove it.`;
  return CONNECTION.test(name)
    ? `is "${name}", which belongs to the connection and cannot be set: remove it.`
    : undefined;
}

/** What is wrong with a header's plain value. The messages do not show it. */
export function headerValueFaults(value: string): string[] {
  const template = templateFault(value, "header");
  return [
    ...(ILLEGAL_BYTE.test(value)
      ? ["holds a line break or another control character: no header may."]
      : []),
    ...(value.trim() === value
      ? []
      : ["starts or ends with a space, which HTTP drops: remove it."]),
    ...(template === undefined
      ? []
      : [
          `${template} Teleport skips such a header, and passes on the client's own. A value with braces can ` +
            "be a `secret`, where the agent has secretHeaders: sidecar.",
        ]),
  ];
}

/** The trait without which Teleport passes the client's own header on, if the app trusts that header. */
export function trustedTrait(name: string, value: string): string | undefined {
  if (!IDENTITY.test(name)) return undefined;
  return /\{\{.*?\b(external|internal)(?:\.([\w-]+)|\[\s*"([^"]+)"\s*\])/
    .exec(value)
    ?.slice(2)
    .find(Boolean);
}

/** The warning about such a header. */
export const trustedHeaderAdvice = (name: string, trait: string): string =>
  `of ${name} rests on the trait ${trait}: for a user without it, Teleport passes on the ${name} that the ` +
  "client sends. Let the roles that reach this app require the trait, as docs/access.md shows.";
