/** Fields of a target group, and the API attributes behind some of them. */
import {
  anyCase,
  block,
  computed,
  flag,
  list,
  number,
  output,
  replace,
  required,
  text,
  type Fields,
} from "../../tables/fields.ts";
import { regional, tagged } from "../common.ts";
import type { Attribute } from "./elb.ts";

const HTTP = ["HTTP", "HTTPS"] as const;
const NETWORK = ["TCP", "UDP", "TCP_UDP", "TLS", "QUIC", "TCP_QUIC"] as const;

export const ATTRIBUTES: readonly Attribute[] = [
  { field: "deregistrationDelay", key: "deregistration_delay.timeout_seconds", kind: "number" },
  {
    field: "connectionTermination",
    key: "deregistration_delay.connection_termination.enabled",
    kind: "flag",
    only: NETWORK,
  },
  { field: "preserveClientIp", key: "preserve_client_ip.enabled", kind: "text", only: NETWORK },
  { field: "proxyProtocolV2", key: "proxy_protocol_v2.enabled", kind: "flag", only: NETWORK },
  {
    field: "loadBalancingCrossZoneEnabled",
    key: "load_balancing.cross_zone.enabled",
    kind: "text",
  },
  {
    field: "loadBalancingAlgorithmType",
    key: "load_balancing.algorithm.type",
    kind: "text",
    only: HTTP,
  },
  {
    field: "loadBalancingAnomalyMitigation",
    key: "load_balancing.algorithm.anomaly_mitigation",
    kind: "text",
    only: HTTP,
  },
  { field: "slowStart", key: "slow_start.duration_seconds", kind: "number", only: HTTP },
  {
    field: "lambdaMultiValueHeadersEnabled",
    key: "lambda.multi_value_headers.enabled",
    kind: "flag",
    only: ["lambda"],
  },
];

/** API attributes behind the members of blocks. */
export const BLOCK_ATTRIBUTES: readonly (Attribute & { block: string })[] = [
  { block: "stickiness", field: "enabled", key: "stickiness.enabled", kind: "flag" },
  { block: "stickiness", field: "type", key: "stickiness.type", kind: "text" },
  {
    block: "stickiness",
    field: "cookieDuration",
    key: "stickiness.lb_cookie.duration_seconds",
    kind: "number",
    only: HTTP,
  },
  {
    block: "stickiness",
    field: "cookieName",
    key: "stickiness.app_cookie.cookie_name",
    kind: "text",
    only: HTTP,
  },
];

/** Treats `true` and `"true"` as the same value. */
const sameWord = anyCase;

export const targetGroupFields: Fields = {
  ...regional,
  ...tagged,
  name: text({ ...computed, ...replace }),
  namePrefix: text({ ...replace, kept: true }),
  port: number(replace),
  protocol: text({ ...replace, same: anyCase }),
  protocolVersion: text({ ...computed, ...replace }),
  targetType: text({ ...replace, default: "instance" }),
  vpcId: text(replace),
  ipAddressType: text({ ...computed, ...replace }),
  targetControlPort: number(replace),
  healthCheck: block(
    {
      enabled: flag({ default: true }),
      healthyThreshold: number({ default: 3 }),
      interval: number({ default: 30 }),
      matcher: text(computed),
      path: text(computed),
      port: text({ default: "traffic-port" }),
      protocol: text({ default: "HTTP", same: anyCase }),
      timeout: number(computed),
      unhealthyThreshold: number({ default: 3 }),
    },
    computed,
  ),
  connectionTermination: flag(computed),
  deregistrationDelay: number({ default: 300 }),
  lambdaMultiValueHeadersEnabled: flag({ default: false }),
  loadBalancingAlgorithmType: text(computed),
  loadBalancingAnomalyMitigation: text(computed),
  loadBalancingCrossZoneEnabled: text(computed),
  preserveClientIp: text({ ...computed, same: sameWord }),
  proxyProtocolV2: flag({ default: false }),
  slowStart: number({ default: 0 }),
  stickiness: block(
    {
      cookieDuration: number({ default: 86400 }),
      cookieName: text(),
      enabled: flag({ default: true }),
      type: text(required),
    },
    computed,
  ),
  targetFailovers: list(
    block({ onDeregistration: text(required), onUnhealthy: text(required) }),
    computed,
  ),
  targetGroupHealth: block(
    {
      dnsFailover: block(
        {
          minimumHealthyTargetsCount: text(computed),
          minimumHealthyTargetsPercentage: text(computed),
        },
        computed,
      ),
      unhealthyStateRouting: block(
        {
          minimumHealthyTargetsCount: number(computed),
          minimumHealthyTargetsPercentage: text(computed),
        },
        computed,
      ),
    },
    computed,
  ),
  targetHealthStates: list(
    block({
      enableUnhealthyConnectionTermination: flag(required),
      unhealthyDrainingInterval: number(computed),
    }),
    computed,
  ),
  arn: text(output),
  arnSuffix: text(output),
  loadBalancerArns: list(text(), output),
};
