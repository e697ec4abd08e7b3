/** Routing policies of a record. */
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import { any, block, list, number, required, text, type Fields } from "../../tables/fields.ts";
import type { Plain } from "../../tables/plain.ts";
import { known, num, str } from "../common.ts";

/** Policies that the stand-in does not support. */
export const UNSUPPORTED = ["cidrRoutingPolicy", "geoproximityRoutingPolicy"];

export const routingFields: Fields = {
  weightedRoutingPolicies: list(block({ weight: number(required) })),
  failoverRoutingPolicies: list(block({ type: text(required) })),
  latencyRoutingPolicies: list(block({ region: text(required) })),
  geolocationRoutingPolicies: list(
    block({ continent: text(), country: text(), subdivision: text() }),
  ),
  ...Object.fromEntries(UNSUPPORTED.map((name) => [name, any()])),
};

const first = (props: Plain, name: string): Plain | undefined =>
  ((props[name] ?? []) as Plain[])[0];

export function toRouting(props: Plain): Partial<ResourceRecordSet> {
  const place = first(props, "geolocationRoutingPolicies");
  return {
    Weight: num(first(props, "weightedRoutingPolicies")?.["weight"]),
    Failover: str(first(props, "failoverRoutingPolicies")?.["type"]) as "PRIMARY" | undefined,
    Region: str(first(props, "latencyRoutingPolicies")?.["region"]) as "eu-central-1" | undefined,
    MultiValueAnswer: (props["multivalueAnswerRoutingPolicy"] || undefined) as boolean | undefined,
    GeoLocation: place && {
      ContinentCode: str(place["continent"]),
      CountryCode: str(place["country"]),
      SubdivisionCode: str(place["subdivision"]),
    },
  };
}

export function fromRouting(set: ResourceRecordSet): Plain {
  const place = set.GeoLocation;
  return known({
    weightedRoutingPolicies: set.Weight === undefined ? undefined : [{ weight: set.Weight }],
    failoverRoutingPolicies: set.Failover ? [{ type: set.Failover }] : undefined,
    latencyRoutingPolicies: set.Region ? [{ region: set.Region }] : undefined,
    multivalueAnswerRoutingPolicy: set.MultiValueAnswer,
    geolocationRoutingPolicies: place && [
      known({
        continent: place.ContinentCode,
        country: place.CountryCode,
        subdivision: place.SubdivisionCode,
      }),
    ],
  });
}
