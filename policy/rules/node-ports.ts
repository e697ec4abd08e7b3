import { list, mapping, text, type Rule } from "./rule";

/** Where Kubernetes puts node ports by default (kube-apiserver --service-node-port-range). */
const FIRST = 30_000;
const LAST = 32_767;

/** True for networks that are the internet, or a large part of it: two halves are as much as one whole. */
const isAnywhere = (network: string) => /\/0*[0-7]$/.test(network.trim());

/** Sources and ports of one ingress rule, in any of the forms that AWS resources have. */
interface Ingress {
  sources: string[];
  protocol: string;
  from: number;
  to: number;
}

function ingress(props: Record<string, unknown>): Ingress {
  const sources = [props["cidrIpv4"], props["cidrIpv6"]];
  sources.push(...list(props["cidrBlocks"]), ...list(props["ipv6CidrBlocks"]));
  const from = Number(props["fromPort"] ?? 0);
  return {
    sources: sources.map(text),
    protocol: text(props["ipProtocol"] ?? props["protocol"]),
    from,
    to: Number(props["toPort"] ?? from),
  };
}

const everyPort = ({ protocol }: Ingress) => protocol === "-1" || protocol === "all";

function opensNodePorts(rule: Ingress): boolean {
  return (
    rule.sources.some(isAnywhere) && (everyPort(rule) || (rule.from <= LAST && rule.to >= FIRST))
  );
}

const problem = ({ from, to, ...rule }: Ingress) =>
  `lets everybody reach ${everyPort({ from, to, ...rule }) ? "every port" : `ports ${from}-${to}`}, ` +
  "node ports included; allow the load balancer's security group instead";

/** Node ports are for the load balancer alone; from the internet they go around its security group. */
export const noPublicNodePort: Rule = {
  name: "no-public-node-port",
  description: "No security group lets the internet reach node ports (30000-32767).",
  level: "mandatory",
  violations({ type, props }) {
    switch (type) {
      case "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
        return [ingress(props)].filter(opensNodePorts).map(problem);
      case "aws:ec2/securityGroupRule:SecurityGroupRule":
        if (props["type"] !== "ingress") return [];
        return [ingress(props)].filter(opensNodePorts).map(problem);
      case "aws:ec2/securityGroup:SecurityGroup":
      case "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":
        return list(props["ingress"])
          .map((rule) => ingress(mapping(rule)))
          .filter(opensNodePorts)
          .map(problem);
      case "kubernetes:core/v1:Service":
      case "kubernetes:core/v1:ServicePatch": {
        const { externalIPs } = mapping(props["spec"]);
        return list(externalIPs).length === 0
          ? []
          : ["has spec.externalIPs, which publish its ports on every node; remove them"];
      }
      default:
        return [];
    }
  },
};
