import { isIP } from "node:net";

/** Network addresses, wherever settings have one. */

/** Port of a `HOST:PORT` address, 1-65535, as a regular expression. */
const PORT = "(?:[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])";

/** `HOST:PORT` without a scheme; an IPv6 address stands in brackets. */
export const HOST_PORT = new RegExp(`^(?:[^\\s:/@[\\]]+|\\[[0-9A-Fa-f:.]+\\]):${PORT}$`);

/** What is wrong with a `HOST:PORT` address; undefined if nothing is. */
export function hostPortFault(address: string): string | undefined {
  if (HOST_PORT.test(address)) return undefined;
  const shown = JSON.stringify(address);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(address)) {
    return `is ${shown}, must be HOST:PORT without a scheme.`;
  }
  if (/:\d+$/.test(address) && !/\s/.test(address)) return `is ${shown}, and ports are 1-65535.`;
  return /\s/.test(address)
    ? `is ${shown}, and holds a blank: write HOST:PORT.`
    : `is ${shown}, and needs a port: write HOST:PORT.`;
}

/** Port 0 of a URL; a URL with a port over 65535 is none. */
export const hasPortZero = (url: string): boolean =>
  /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?[^/?#]*:0+(?:[/?#]|$)/i.test(url);

/** The bytes of an IP address. */
function bytes(address: string): number[] {
  if (isIP(address) === 4) return address.split(".").map(Number);
  // The last 32 bits may be written like IPv4.
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

/** Text of an address that has only these bytes, the shortest form of IPv6 not attempted. */
function addressText(parts: readonly number[]): string {
  if (parts.length === 4) return parts.join(".");
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((parts[2 * i] ?? 0) << 8) | (parts[2 * i + 1] ?? 0)).toString(16),
  );
  // The longest run of zeros, as RFC 5952 wants it.
  const runs = [...groups.join(":").matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)];
  const longest = runs.toSorted((a, b) => b[0].length - a[0].length)[0];
  if (longest === undefined) return groups.join(":");
  const text = groups.join(":");
  return `${text.slice(0, longest.index)}::${text.slice(longest.index + longest[0].length).replace(/^:/, "")}`;
}

/** What is wrong with a network such as `10.0.0.0/8`; undefined if nothing is. */
export function cidrFault(cidr: string): string | undefined {
  const [, address = "", prefix = ""] = /^(.*)\/(\d{1,3})$/.exec(cidr) ?? [];
  const version = isIP(address);
  const bits = Number(prefix);
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
