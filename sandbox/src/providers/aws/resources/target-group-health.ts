/** Converts the health blocks of a target group to and from API attributes. */
import { type Plain, word } from "../../tables/plain.ts";
import { known } from "../common.ts";
import { toldOf, type Told } from "./elb.ts";

const UNHEALTHY = "target_health_state.unhealthy";
const GROUP = "target_group_health";

type Pair = { Key: string; Value: string };

function pair(key: string, value: unknown): Pair[] {
  return value === undefined || value === null ? [] : [{ Key: key, Value: word(value) }];
}

export function healthAttributes(props: Plain, pick: (field: string) => boolean): Pair[] {
  const first = (field: string) => ((props[field] as Plain[] | undefined) ?? [])[0];
  const out: Pair[] = [];
  const states = pick("targetHealthStates") ? first("targetHealthStates") : undefined;
  if (states) {
    const ends = states["enableUnhealthyConnectionTermination"];
    out.push(...pair(`${UNHEALTHY}.connection_termination.enabled`, ends));
    out.push(
      ...pair(`${UNHEALTHY}.draining_interval_seconds`, states["unhealthyDrainingInterval"]),
    );
  }
  const failover = pick("targetFailovers") ? first("targetFailovers") : undefined;
  if (failover) {
    out.push(...pair("target_failover.on_deregistration", failover["onDeregistration"]));
    out.push(...pair("target_failover.on_unhealthy", failover["onUnhealthy"]));
  }
  const health = pick("targetGroupHealth") ? (props["targetGroupHealth"] as Plain) : undefined;
  for (const [field, word] of Object.entries(HEALTH_BLOCKS)) {
    const block = health?.[field] as Plain | undefined;
    const key = `${GROUP}.${word}.minimum_healthy_targets`;
    out.push(...pair(`${key}.count`, block?.["minimumHealthyTargetsCount"]));
    out.push(...pair(`${key}.percentage`, block?.["minimumHealthyTargetsPercentage"]));
  }
  return out;
}

const HEALTH_BLOCKS = {
  dnsFailover: "dns_failover",
  unhealthyStateRouting: "unhealthy_state_routing",
} as const;

export function healthState(list: Parameters<typeof toldOf>[0]): Plain {
  const told: Told = toldOf(list);
  const out: Plain = {};
  const ends = told[`${UNHEALTHY}.connection_termination.enabled`];
  if (ends !== undefined) {
    const interval = told[`${UNHEALTHY}.draining_interval_seconds`];
    out["targetHealthStates"] = [
      known({
        enableUnhealthyConnectionTermination: ends === "true",
        unhealthyDrainingInterval: interval === undefined ? undefined : Number(interval),
      }),
    ];
  }
  const gone = told["target_failover.on_deregistration"];
  if (gone !== undefined) {
    const onUnhealthy = told["target_failover.on_unhealthy"];
    out["targetFailovers"] = [known({ onDeregistration: gone, onUnhealthy })];
  }
  const health: Plain = {};
  for (const [field, word] of Object.entries(HEALTH_BLOCKS)) {
    const key = `${GROUP}.${word}.minimum_healthy_targets`;
    const [count, share] = [told[`${key}.count`], told[`${key}.percentage`]];
    if (count === undefined && share === undefined) continue;
    health[field] = known({
      minimumHealthyTargetsCount: field === "dnsFailover" ? count : Number(count),
      minimumHealthyTargetsPercentage: share,
    });
  }
  if (Object.keys(health).length > 0) out["targetGroupHealth"] = health;
  return out;
}
