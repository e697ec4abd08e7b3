/** The function that looks up a hosted zone. */
import {
  GetHostedZoneCommand,
  ListHostedZonesCommand,
  ListTagsForResourceCommand,
  type HostedZone,
} from "@aws-sdk/client-route-53";
import type { Lookup } from "../tables/definition.ts";
import type { Plain } from "../tables/plain.ts";
import { doing, known } from "./common.ts";
import type { Aws } from "./connect.ts";
import { cleanZone, tidy } from "./resources/record-names.ts";

async function zones(aws: Aws): Promise<HostedZone[]> {
  const found: HostedZone[] = [];
  let Marker: string | undefined;
  do {
    const page = await doing("reading Route 53 Hosted Zones", () =>
      aws.in().route53.send(new ListHostedZonesCommand({ Marker })),
    );
    found.push(...(page.HostedZones ?? []));
    Marker = page.IsTruncated ? page.NextMarker : undefined;
  } while (Marker);
  return found;
}

async function zoneTags(aws: Aws, id: string): Promise<Record<string, string>> {
  const command = new ListTagsForResourceCommand({ ResourceType: "hostedzone", ResourceId: id });
  const told = (await aws.in().route53.send(command)).ResourceTagSet?.Tags ?? [];
  return Object.fromEntries(told.map(({ Key = "", Value = "" }) => [Key, Value]));
}

async function findZone(aws: Aws, args: Plain): Promise<string> {
  if (args["zoneId"] !== undefined) return cleanZone(args["zoneId"]);
  if (args["name"] === undefined && args["tags"] === undefined && args["vpcId"] === undefined) {
    throw new Error("either zoneId, name, vpcId or tags must be set");
  }
  const wanted = Object.entries((args["tags"] ?? {}) as Record<string, string>);
  const matches: string[] = [];
  for (const zone of await zones(aws)) {
    const id = cleanZone(zone.Id);
    if (args["name"] !== undefined && tidy(zone.Name) !== tidy(args["name"])) continue;
    const isPrivate = zone.Config?.PrivateZone ?? false;
    if (isPrivate !== (args["privateZone"] === true || args["vpcId"] !== undefined)) continue;
    if (wanted.length > 0) {
      const tags = await zoneTags(aws, id);
      if (!wanted.every(([key, value]) => tags[key] === value)) continue;
    }
    matches.push(id);
  }
  if (matches.length === 0) throw new Error("no matching Route 53 Hosted Zone found");
  if (matches.length > 1) throw new Error("multiple Route 53 Hosted Zones matched");
  return matches[0] as string;
}

export const getZone: Lookup<Aws> = {
  token: "aws:route53/getZone:getZone",
  async run({ client: aws }, args) {
    const id = await findZone(aws, args);
    const told = await doing(`reading Route 53 Hosted Zone (${id})`, () =>
      aws.in().route53.send(new GetHostedZoneCommand({ Id: id })),
    );
    const zone = told.HostedZone;
    const nameServers = told.DelegationSet?.NameServers ?? [];
    return known({
      ...args,
      id,
      zoneId: id,
      arn: `arn:aws:route53:::hostedzone/${id}`,
      name: tidy(zone?.Name ?? ""),
      comment: zone?.Config?.Comment ?? "",
      callerReference: zone?.CallerReference ?? "",
      privateZone: zone?.Config?.PrivateZone ?? false,
      resourceRecordSetCount: zone?.ResourceRecordSetCount ?? 0,
      linkedServiceDescription: zone?.LinkedService?.Description ?? "",
      linkedServicePrincipal: zone?.LinkedService?.ServicePrincipal ?? "",
      nameServers: [...nameServers].sort(),
      primaryNameServer: nameServers[0] ?? "",
      tags: await zoneTags(aws, id),
      vpcId: args["vpcId"] ?? told.VPCs?.[0]?.VPCId,
    });
  },
};
