import * as route53 from "@pulumi/aws/route53";
import * as pulumi from "@pulumi/pulumi";
import { certificateNames } from "../teleport/names";

/** Arguments of {@link DnsRecords}. */
export interface DnsRecordsArgs {
  /** Domain of the cluster. The apex and the wildcard get one record each. */
  clusterName: string;
  /** Name of the public Route 53 hosted zone. */
  zone: string;
  /** Load balancer that the names point to. */
  target: { dnsName: pulumi.Input<string>; zoneId: pulumi.Input<string> };
}

/** Route 53 alias records for apex and wildcard. */
export class DnsRecords extends pulumi.ComponentResource {
  /** Names that resolve to the load balancer. */
  public readonly names: pulumi.Output<string[]>;

  constructor(name: string, args: DnsRecordsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("access-plane:components:DnsRecords", name, args, opts);

    const zone = route53.getZoneOutput({ name: args.zone }, { parent: this });
    const records = certificateNames(args.clusterName).map(
      (host) =>
        new route53.Record(
          `${name}-${host.startsWith("*") ? "wildcard" : "apex"}`,
          {
            zoneId: zone.zoneId,
            name: host,
            type: "A",
            aliases: [
              {
                name: args.target.dnsName,
                zoneId: args.target.zoneId,
                evaluateTargetHealth: true,
              },
            ],
          },
          { parent: this },
        ),
    );

    this.names = pulumi.all(records.map((record) => record.fqdn));
    this.registerOutputs({ names: this.names });
  }
}
