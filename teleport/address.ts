import { isIP } from "node:net";

/** Network addresses in settings. */

/** Port, 1-65535, as a regular expression. */
const PORT = "(?:[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])";

/** One label of a host's name. `_` occurs in names of Kubernetes and Active Directory. */
const LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?";

/** A name, an IPv4 address, or an IPv6 address in brackets. */
const HOST = `(?:${LABEL}(?:\\.${LABEL})*\\.?|\\[[0-9A-Fa-f:.]+\\])`;

/** `HOST:PORT` without a scheme. An IPv6 address is in brackets. */
export const HOST_PORT = new RegExp(`^${HOST}:${PORT}$`);

/** Made once: thousands of apps have an address. */
const [WHOLE_HOST, WHOLE_PORT] = [HOST, PORT].map((part) => new RegExp(`^${part}$`)) as [
  RegExp,
  RegExp,
];
const MAYBE_PORT = new RegExp(`^(${HOST})(?::(${PORT}))?$`);

/** Host (lower case, without the brackets of IPv6) and port of `HOST[:PORT]`. Undefined if invalid. */
export function hostAndPort(address: string): { host: string; port?: number } | undefined {
  const [, host, port] = MAYBE_PORT.exec(address) ?? [];
  if (host === undefined || hostFault(host) !== undefined) return undefined;
  const plain = host.replace(/^\[|\]$/g, "").toLowerCase();
  return { host: plain, ...(port !== undefined && { port: Number(port) }) };
}

const LONGEST_HOST = 253;

/** What is wrong with the host of an address. */
function hostFault(host: string): string | undefined {
  if (host.startsWith("[")) {
    return isIP(host.slice(1, -1)) === 6 ? undefined : "is not an IPv6 address";
  }
  // A host of only numbers is an address, not a name.
  if (/^[\d.]+$/.test(host) && isIP(host) !== 4) return "is not an IPv4 address";
  return host.length > LONGEST_HOST ? `has more than ${LONGEST_HOST} characters` : undefined;
}

/** What is wrong with `HOST` or `HOST:PORT`. `form` is the expected form. */
function authorityFault(authority: string, form: string): string | undefined {
  if (/\s/.test(authority)) return `and has a space: write ${form}.`;
  const [, host = "", port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(authority) ?? [];
  if (port === "") return `and needs a port after the colon: write ${form}.`;
  if (port !== undefined && !WHOLE_PORT.test(port)) return "and its port must be 1-65535.";
  if (!WHOLE_HOST.test(host)) return `and has no valid host: write ${form}.`;
  const fault = hostFault(host);
  return fault === undefined ? undefined : `and its host ${fault}: write ${form}.`;
}

/** What is wrong with a `HOST:PORT` address. Undefined if nothing is. */
export function hostPortFault(address: string): string | undefined {
  const shown = JSON.stringify(address);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(address)) {
    return `is ${shown}, must be HOST:PORT without a scheme.`;
  }
  const fault = authorityFault(address, "HOST:PORT");
  if (fault !== undefined) return `is ${shown}, ${fault}`;
  return HOST_PORT.test(address) ? undefined : `is ${shown}, and needs a port: write HOST:PORT.`;
}

/** Scheme, authority without user info, and rest of a URL. */
const URL_PARTS = /^([a-z][a-z0-9+.-]*):\/\/(?:[^/?#@]*@)?([^/?#]*)(.*)$/is;

/** Host of a URL, in lower case and without a trailing dot. Undefined if it has none. */
export function urlHost(url: string): string | undefined {
  const [, , authority = ""] = URL_PARTS.exec(url) ?? [];
  return hostAndPort(authority)?.host.replace(/\.$/, "");
}

/** Matches URLs with a valid host and port. `scheme` is a regular expression. */
export const urlPattern = (scheme: string): RegExp =>
  new RegExp(`^${scheme}:\\/\\/(?:[^\\s/?#@]*@)?${HOST}(?::${PORT})?(?:[/?#]\\S*)?$`);

/** What is wrong with a URL of any scheme. Undefined if nothing is. */
export function urlFault(url: string): string | undefined {
  const [, scheme = "", authority = "", rest = ""] = URL_PARTS.exec(url) ?? [];
  const form = scheme === "" ? "https://HOST" : `${scheme}://HOST:PORT`;
  const shown = JSON.stringify(url);
  if (scheme === "") return `is ${shown}, must be an address with its scheme, such as ${form}.`;
  const fault = authorityFault(authority, form);
  if (fault !== undefined) return `is ${shown}, ${fault}`;
  return /[\s\p{Cc}]/u.test(rest) ? `is ${shown}, and has a space: remove it.` : undefined;
}

function bytes(address: string): number[] {
  if (isIP(address) === 4) return address.split(".").map(Number);
  // IPv6 addresses may end like IPv4.
  const [, front = address, four] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address) ?? [];
  const tail = four === undefined ? [] : four.split(".").map(Number);
  const groups = (part: string) =>
    part
      .split(":")
      .filter((group) => group !== "")
      .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]);
  const [left = "", right] = front.split("::");
  const head = groups(left);
  const end = [...groups(right ?? ""), ...tail];
  return [...head, ...Array<number>(16 - head.length - end.length).fill(0), ...end];
}

/** The shortest text of an address. Source: RFC 5952. */
function addressText(parts: readonly number[]): string {
  if (parts.length === 4) return parts.join(".");
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((parts[2 * i] ?? 0) << 8) | (parts[2 * i + 1] ?? 0)).toString(16),
  );
  // `::` replaces the longest run of zeros.
  const runs = [...groups.join(":").matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)];
  const longest = runs.toSorted((a, b) => b[0].length - a[0].length)[0];
  if (longest === undefined) return groups.join(":");
  const text = groups.join(":");
  return `${text.slice(0, longest.index)}::${text.slice(longest.index + longest[0].length).replace(/^:/, "")}`;
}

/** What is wrong with a network such as `10.0.0.0/8`. Undefined if nothing is. */
export function cidrFault(cidr: string): string | undefined {
  const [, address = "", prefix = ""] = /^(.*)\/(\d{1,3})$/.exec(cidr) ?? [];
  const version = isIP(address);
  const bits = Number(prefix);
  if (isIP(cidr) !== 0 && !cidr.includes("%")) {
    return `is ${JSON.stringify(cidr)}, an address and not a network: write ${cidr}/${isIP(cidr) === 4 ? 32 : 128}.`;
  }
  if (version === 0 || address.includes("%") || bits > (version === 4 ? 32 : 128)) {
    return `is ${JSON.stringify(cidr)}, must be a network such as 10.0.0.0/8 or 2001:db8::/32.`;
  }
  const own = bytes(address);
  const network = own.map((byte, i) => {
    const kept = Math.min(8, Math.max(0, bits - 8 * i));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
  if (network.every((byte, i) => byte === own[i])) return undefined;
  return `is "${cidr}", which has bits beyond its prefix: write ${addressText(network)}/${bits}.`;
}
