import { randomBytes } from "node:crypto";
import { certificateNames } from "../../../teleport/names";
import { plainRecordName } from "../../base/record-name";
import { skipped, verdict, type Check } from "../check";
import type { PlaneContext } from "../context";
import { shellWord } from "../remedy";
import { exposed, hasLoadBalancer } from "./aws";
import { loadBalancerOf } from "./exposure";

const plain = (name?: string) =>
  plainRecordName(name)
    .toLowerCase()
    .replace(/^dualstack\./, "");

/** A new name, for which only the wildcard answers. */
export const unusedName = ({ clusterName }: { clusterName: string }): string =>
  `verify-${randomBytes(4).toString("hex")}.${clusterName}`;

/** What to compare where a name resolves to other addresses. */
async function delegation(context: PlaneContext): Promise<string> {
  const { aws, loadBalancer } = exposed(context);
  const { name, dns } = loadBalancer;
  if (dns === undefined) {
    return (
      `\`aws elbv2 describe-load-balancers --names ${shellWord(name)} --query 'LoadBalancers[].DNSName'\` names the ` +
      "address: whoever writes the records of apex and wildcard must make them aliases of it"
    );
  }
  const [zone = ""] = await aws.zones(dns.zone);
  return (
    `\`aws route53 get-hosted-zone --id ${zone} --query DelegationSet.NameServers\` names the servers to which the ` +
    `parent of ${dns.zone} must delegate it; otherwise wait for the records' time to live`
  );
}

export const dnsChecks: Check[] = [
  {
    id: "dns.records",
    title: "Records of apex and wildcard",
    expected: "both are aliases of the load balancer in the hosted zone",
    remedy:
      "`bin/access-plane up --stack STACK --refresh`; look for somebody else who writes these records",
    needs: ["exposure.load-balancer"],
    applies: (settings) => settings.loadBalancer?.dns !== undefined,
    async run(context) {
      const { aws, loadBalancer } = exposed(context);
      const zoneName = loadBalancer.dns?.zone ?? "";
      const [{ DNSName }, [zone]] = await Promise.all([
        loadBalancerOf(context),
        aws.zones(zoneName),
      ]);
      if (zone === undefined) throw new Error(`there is no public hosted zone ${zoneName}`);
      const names = certificateNames(context.settings.clusterName);
      const found = await Promise.all(
        names.map(async (name) => {
          const [record] = await aws.records(zone, name, "A");
          const target = record?.AliasTarget?.DNSName;
          if (record === undefined) return `${name} has no A record`;
          const elsewhere =
            target ?? record.ResourceRecords?.map(({ Value }) => Value).join(", ") ?? "nothing";
          return plain(target) === plain(DNSName) ? undefined : `${name} points to ${elsewhere}`;
        }),
      );
      return verdict(found, `${names.join(", ")} → ${DNSName ?? ""}`, {
        expected: `aliases of ${DNSName ?? ""}`,
      });
    },
  },
  {
    id: "dns.resolution",
    title: "Names resolve to the load balancer",
    expected: "apex, apps and any other name below the apex have the load balancer's addresses",
    remedy:
      "check the delegation of the zone, which must name the servers that " +
      "`aws route53 list-hosted-zones-by-name` and `aws route53 get-hosted-zone` name, and wait for the records' time to live",
    needs: ["dns.records"],
    needsPods: true,
    applies: hasLoadBalancer,
    async run(context) {
      const { DNSName = "" } = await loadBalancerOf(context);
      const { network, settings } = context;
      const wanted = await network.resolve(DNSName);
      if (wanted.length === 0) return skipped(`${DNSName} does not resolve from here`);
      const problems = await Promise.all(
        [settings.clusterName, unusedName(settings)].map(async (name) => {
          const seen = await network.resolve(name);
          if (seen.length === 0) return `${name} does not resolve`;
          const elsewhere = seen.filter((address) => !wanted.includes(address));
          return elsewhere.length === 0 ? undefined : `${name} resolves to ${elsewhere.join(", ")}`;
        }),
      );
      return verdict(problems, wanted.join(", "), {
        expected: wanted.join(", "),
        remedy: await delegation(context),
      });
    },
  },
];
