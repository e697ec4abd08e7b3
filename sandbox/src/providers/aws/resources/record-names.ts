/** Names of DNS records in the program's and the API's form (octal escapes, trailing dot), and ids. */
import { type Plain, word } from "../../tables/plain.ts";
import { known } from "../common.ts";

/** The name in lower case, without the trailing dot, with `\052` as `*`. */
export function tidy(name: unknown): string {
  return word(name)
    .replace(/\\(\d{3})/g, (_match, octal: string) => String.fromCharCode(parseInt(octal, 8)))
    .replace(/\.$/, "")
    .toLowerCase();
}

export const sameName = (a: string, b: string): boolean => tidy(a) === tidy(b);

/** The full name: `www` in zone `example.com` is `www.example.com`; the apex may be empty. */
export function expand(name: string, zone: string): string {
  const short = tidy(name);
  if (short === "") return zone;
  return short === zone || short.endsWith(`.${zone}`) ? short : `${short}.${zone}`;
}

/** `/hostedzone/Z123` → `Z123`. */
export const cleanZone = (id: unknown): string => word(id).split("/").at(-1) ?? "";

/** `<zone>_<name>_<type>[_<set identifier>]`. */
export function recordId(props: Plain): string {
  const parts = [cleanZone(props["zoneId"]), tidy(props["name"]), props["type"]];
  if (props["setIdentifier"]) parts.push(props["setIdentifier"]);
  return parts.map(word).join("_");
}

/** The parts of an id. A name may begin with an underscore. */
export function parseId(id: string): Plain {
  const match = /^([^_]+)_(.*)_([A-Z]+)(?:_(.+))?$/.exec(id);
  if (!match) {
    throw new Error(`id ${id} must have the form <zone id>_<name>_<type>[_<set identifier>]`);
  }
  const [, zoneId, name, type, setIdentifier] = match;
  return known({ zoneId, name, type, setIdentifier });
}
