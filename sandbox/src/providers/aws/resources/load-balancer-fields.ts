/** Fields of a load balancer, and the API attributes behind some of them. */
import {
  block,
  computed,
  flag,
  kept,
  number,
  output,
  replace,
  required,
  set,
  text,
  type Fields,
} from "../../tables/fields.ts";
import { regional, tagged } from "../common.ts";
import type { Attribute } from "./elb.ts";

const APPLICATION = ["application"] as const;
const NETWORK = ["network"] as const;

export const ATTRIBUTES: readonly Attribute[] = [
  { field: "enableDeletionProtection", key: "deletion_protection.enabled", kind: "flag" },
  {
    field: "enableCrossZoneLoadBalancing",
    key: "load_balancing.cross_zone.enabled",
    kind: "flag",
    only: ["network", "gateway"],
  },
  {
    field: "dnsRecordClientRoutingPolicy",
    key: "dns_record.client_routing_policy",
    kind: "text",
    only: NETWORK,
  },
  {
    field: "enableZonalShift",
    key: "zonal_shift.config.enabled",
    kind: "flag",
    only: ["network", "application"],
  },
  { field: "idleTimeout", key: "idle_timeout.timeout_seconds", kind: "number", only: APPLICATION },
  {
    field: "clientKeepAlive",
    key: "client_keep_alive.seconds",
    kind: "number",
    only: APPLICATION,
  },
  { field: "enableHttp2", key: "routing.http2.enabled", kind: "flag", only: APPLICATION },
  {
    field: "desyncMitigationMode",
    key: "routing.http.desync_mitigation_mode",
    kind: "text",
    only: APPLICATION,
  },
  {
    field: "dropInvalidHeaderFields",
    key: "routing.http.drop_invalid_header_fields.enabled",
    kind: "flag",
    only: APPLICATION,
  },
  {
    field: "preserveHostHeader",
    key: "routing.http.preserve_host_header.enabled",
    kind: "flag",
    only: APPLICATION,
  },
  {
    field: "enableTlsVersionAndCipherSuiteHeaders",
    key: "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
    kind: "flag",
    only: APPLICATION,
  },
  {
    field: "enableXffClientPort",
    key: "routing.http.xff_client_port.enabled",
    kind: "flag",
    only: APPLICATION,
  },
  {
    field: "xffHeaderProcessingMode",
    key: "routing.http.xff_header_processing.mode",
    kind: "text",
    only: APPLICATION,
  },
  { field: "enableWafFailOpen", key: "waf.fail_open.enabled", kind: "flag", only: APPLICATION },
  {
    field: "secondaryIpsAutoAssignedPerSubnet",
    key: "secondary_ips.auto_assigned.per_subnet",
    kind: "number",
    only: NETWORK,
  },
];

const logs = (): Fields => ({ bucket: text(required), enabled: flag(), prefix: text() });

export const loadBalancerFields: Fields = {
  ...regional,
  ...tagged,
  name: text({ ...computed, ...replace }),
  namePrefix: text({ ...replace, kept: true }),
  loadBalancerType: text({ ...replace, default: "application" }),
  internal: flag({ ...computed, ...replace }),
  ipAddressType: text(computed),
  securityGroups: set(text(), computed),
  subnets: set(text(), computed),
  subnetMappings: set(
    block({
      subnetId: text(required),
      allocationId: text(),
      ipv6Address: text(),
      outpostId: text(computed),
      privateIpv4Address: text(),
    }),
    computed,
  ),
  accessLogs: block({ ...logs(), enabled: flag({ default: false }) }),
  connectionLogs: block({ ...logs(), enabled: flag({ default: false }) }),
  healthCheckLogs: block({ ...logs(), enabled: flag({ default: false }) }),
  clientKeepAlive: number({ default: 3600 }),
  customerOwnedIpv4Pool: text(replace),
  desyncMitigationMode: text({ default: "defensive" }),
  dnsRecordClientRoutingPolicy: text({ default: "any_availability_zone" }),
  dropInvalidHeaderFields: flag({ default: false }),
  enableCrossZoneLoadBalancing: flag({ default: false }),
  enableDeletionProtection: flag({ default: false }),
  enableHttp2: flag({ default: true }),
  enablePrefixForIpv6SourceNat: text({ ...computed, ...kept }),
  enableTlsVersionAndCipherSuiteHeaders: flag({ default: false }),
  enableWafFailOpen: flag({ default: false }),
  enableXffClientPort: flag({ default: false }),
  enableZonalShift: flag({ default: false }),
  enforceSecurityGroupInboundRulesOnPrivateLinkTraffic: text({ ...computed, ...kept }),
  idleTimeout: number({ default: 60 }),
  ipamPools: block({ ipv4IpamPoolId: text(required) }, kept),
  minimumLoadBalancerCapacity: block({ capacityUnits: number(required) }, kept),
  preserveHostHeader: flag({ default: false }),
  secondaryIpsAutoAssignedPerSubnet: number(computed),
  xffHeaderProcessingMode: text({ default: "append" }),
  arn: text(output),
  arnSuffix: text(output),
  dnsName: text(output),
  vpcId: text(output),
  zoneId: text(output),
};
