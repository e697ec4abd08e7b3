import { hostAndPort } from "../address";
import { templateFault } from "../checks/traits";

/**
 * Checks of an app's headers. Teleport skips a header whose template it cannot expand, and passes the
 * client's own header of that name on, so the user could send any value.
 * Source: rewriteHeaders in lib/srv/app/transport.go of Teleport 18.
 */

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110, section 5.5: no control characters but tab. */
const ILLEGAL_BYTE = /[\u0000-\u0008\u000a-\u001f\u007f]/;
/** Headers that Teleport itself sets. It ignores configured values. */
const RESERVED =
  /^(x-forwarded-.*|x-real-ip|teleport-jwt-assertion|cf-access-token|x-teleport-.*)$/i;
/** Headers of the connection. Setting them breaks requests. */
const CONNECTION =
  /^(connection|content-length|transfer-encoding|te|trailer|upgrade|keep-alive|proxy-connection)$/i;
/** Headers with which apps log a user in. */
const IDENTITY =
  /^(x-webauth-.*|(x-)?remote[-_]user|(x-)?auth(enticated)?[-_]?(request[-_])?(user|email|name|groups?|roles?)(name)?|x-(user|username|email|groups?|roles?)|x-proxy-user)$/i;

/** What is wrong with a header's name. Undefined if nothing is. `shown` is the name in the message. */
export function headerNameFault(name: string, shown: string): string | undefined {
  if (!TOKEN.test(name)) {
    return `is ${shown}, must be a header's name: letters, digits and !#$%&'*+.^_\`|~-, without colon or space.`;
  }
  if (RESERVED.test(name)) return `is "${name}", which Teleport sets itself: remove it.`;
  return CONNECTION.test(name)
    ? `is "${name}", which belongs to the connection and cannot be set: remove it.`
    : undefined;
}

/** What is wrong with a header's plain value. The messages do not show the value. */
export function headerValueFaults(name: string, value: string): string[] {
  const template = templateFault(value, "header");
  return [
    ...(ILLEGAL_BYTE.test(value)
      ? ["has a line break or another control character, which is not allowed in a header."]
      : []),
    ...(value.trim() === value
      ? []
      : ["starts or ends with a space, which HTTP drops: remove it."]),
    ...(name.toLowerCase() === "host" && !value.includes("{{") && hostAndPort(value) === undefined
      ? ["must be a host with or without a port, as this header is Host."]
      : []),
    ...(template === undefined
      ? []
      : [
          `${template} Teleport skips such a header and passes the client's own on. For a value with braces use ` +
            "a `secret`, with secretHeaders: sidecar.",
        ]),
  ];
}

/**
 * The trait in the value of a header that apps trust. Without the trait Teleport passes the client's header on.
 * Undefined for `internal.jwt`, which Teleport gives to every session of an app.
 */
export function trustedTrait(name: string, value: string): string | undefined {
  if (!IDENTITY.test(name)) return undefined;
  const [, space, ...names] =
    /\{\{.*?\b(external|internal)(?:\.([\w-]+)|\[\s*"([^"]+)"\s*\])/.exec(value) ?? [];
  const trait = names.find(Boolean);
  return space === "internal" && trait === "jwt" ? undefined : trait;
}

/** The warning about such a header. */
export const trustedHeaderAdvice = (name: string, trait: string): string =>
  `of ${name} uses the trait ${trait}: for a user without it, Teleport passes on the ${name} that the ` +
  "client sends. Require the trait in the roles that allow this app, as docs/access.md shows.";
