import { text, type Mapping } from "../../teleport/values";
import type { AwsAccount } from "../base/aws-config";
import { LiveAws } from "../clients/aws";
import { LiveRecordings } from "../clients/recordings";

type Id = Promise<string | undefined>;

/** Finds the parts of a load balancer, its DNS records and the bucket of recordings in AWS, by the inputs of their resources. */
export class AwsLookup {
  private readonly aws: LiveAws;

  constructor(private readonly account: AwsAccount) {
    this.aws = new LiveAws(account, "recover");
  }

  async loadBalancer({ name }: Mapping): Id {
    return (await this.aws.loadBalancer(text(name)))?.LoadBalancerArn;
  }

  async targetGroup({ name }: Mapping): Id {
    return (await this.aws.targetGroupNamed(text(name)))?.TargetGroupArn;
  }

  async listener({ loadBalancerArn, port }: Mapping): Id {
    const listeners = await this.aws.listeners(text(loadBalancerArn));
    return listeners.find((listener) => listener.Port === port)?.ListenerArn;
  }

  async securityGroup({ name, vpcId }: Mapping): Id {
    return (await this.aws.securityGroups({ name: text(name) }, text(vpcId)))[0];
  }

  async rule(inputs: Mapping, egress: boolean): Id {
    const rules = await this.aws.securityGroupRules(text(inputs["securityGroupId"]));
    return rules.find(
      (found) =>
        found.IsEgress === egress &&
        found.FromPort === inputs["fromPort"] &&
        found.ToPort === inputs["toPort"] &&
        found.CidrIpv4 === inputs["cidrIpv4"] &&
        found.CidrIpv6 === inputs["cidrIpv6"] &&
        found.ReferencedGroupInfo?.GroupId === inputs["referencedSecurityGroupId"],
    )?.SecurityGroupRuleId;
  }

  async bucket({ bucket }: Mapping): Id {
    const name = text(bucket);
    const found = await new LiveRecordings(this.account, "recover").bucket(name);
    return found && name;
  }

  async record({ zoneId, name, type }: Mapping): Id {
    const [zone, record, kind] = [text(zoneId), text(name), text(type)];
    const found = await this.aws.records(zone, record, kind);
    return found.length > 0 ? `${zone}_${record}_${kind}` : undefined;
  }
}
