/** Converts security group rules between the program's blocks and the API's permissions. */
import type { IpPermission } from "@aws-sdk/client-ec2";
import {
  block,
  computed,
  flag,
  number,
  required,
  set,
  text,
  type Field,
} from "../../tables/fields.ts";
import { type Plain, word } from "../../tables/plain.ts";
import { known, num, str, strings } from "../common.ts";

const NUMBERS: Record<string, string> = { "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6" };

/** The API's form of a protocol that has a name, a number or `all`. */
export function protocol(value: unknown): string {
  const name = word(value).toLowerCase();
  return name === "all" ? "-1" : (NUMBERS[name] ?? name);
}
export const sameProtocol = (a: unknown, b: unknown) => protocol(a) === protocol(b);

export const ruleBlocks: Field = set(
  block({
    protocol: text({ ...required, same: sameProtocol }),
    fromPort: number(required),
    toPort: number(required),
    cidrBlocks: set(text()),
    ipv6CidrBlocks: set(text()),
    prefixListIds: set(text()),
    securityGroups: set(text()),
    self: flag({ default: false }),
    description: text(),
  }),
  computed,
);

/** The permission of a block. `group` is the id of the group that `self` means. */
export function toPermission(rule: Plain, group: string): IpPermission {
  const Description = str(rule["description"]) || undefined;
  const all = protocol(rule["protocol"]) === "-1";
  const groups = [
    ...(strings(rule["securityGroups"]) ?? []),
    ...(rule["sourceSecurityGroupId"] ? [word(rule["sourceSecurityGroupId"])] : []),
    ...(rule["self"] ? [group] : []),
  ];
  return {
    IpProtocol: protocol(rule["protocol"]),
    ...(all ? {} : { FromPort: num(rule["fromPort"]), ToPort: num(rule["toPort"]) }),
    IpRanges: mapped(rule["cidrBlocks"], (CidrIp) => ({ CidrIp, Description })),
    Ipv6Ranges: mapped(rule["ipv6CidrBlocks"], (CidrIpv6) => ({ CidrIpv6, Description })),
    PrefixListIds: mapped(rule["prefixListIds"], (PrefixListId) => ({ PrefixListId, Description })),
    UserIdGroupPairs: mapped(groups, (GroupId) => ({ GroupId, Description })),
  };
}

function mapped<T>(value: unknown, make: (item: string) => T): T[] | undefined {
  const items = strings(value) ?? [];
  return items.length > 0 ? items.map(make) : undefined;
}

/** The blocks of permissions. Sources with the same ports and description share a block. */
export function fromPermissions(permissions: IpPermission[] | undefined, group: string): Plain[] {
  const blocks = new Map<string, Plain>();
  for (const permission of permissions ?? []) {
    const add = (field: string, value: string, description: string | undefined) => {
      const ports = [permission.IpProtocol, permission.FromPort ?? 0, permission.ToPort ?? 0];
      const key = [...ports, description ?? ""].join("|");
      const found =
        blocks.get(key) ??
        known({
          protocol: permission.IpProtocol,
          fromPort: ports[1],
          toPort: ports[2],
          description: description ?? "",
          self: false,
        });
      blocks.set(key, found);
      if (field === "self") found["self"] = true;
      else found[field] = [...((found[field] ?? []) as string[]), value];
    };
    for (const r of permission.IpRanges ?? []) add("cidrBlocks", r.CidrIp ?? "", r.Description);
    for (const r of permission.Ipv6Ranges ?? []) {
      add("ipv6CidrBlocks", r.CidrIpv6 ?? "", r.Description);
    }
    for (const r of permission.PrefixListIds ?? []) {
      add("prefixListIds", r.PrefixListId ?? "", r.Description);
    }
    for (const r of permission.UserIdGroupPairs ?? []) {
      add(r.GroupId === group ? "self" : "securityGroups", r.GroupId ?? "", r.Description);
    }
  }
  return [...blocks.values()];
}
