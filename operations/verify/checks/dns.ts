import { randomBytes } from "node:crypto";
import { certificateNames } from "../../../teleport/names";
import { ok, skipped, verdict, type Check } from "../check";
import { simulated } from "../plane";
import { exposed, hasLoadBalancer } from "./aws";
import { loadBalancerOf } from "./exposure";

const plain = (name = "") =>
  name
    .replace(/\.$/, "")
    .toLowerCase()
    .replace(/^dualstack\./, "");

export const dnsChecks: Check[] = [
  {
    id: "dns.records",
    title: "Records of apex and wildcard",
    phase: "after",
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
          if (record === undefined) return [`${name} has no A record`];
          const elsewhere =
            target ?? record.ResourceRecords?.map(({ Value }) => Value).join(", ") ?? "nothing";
          return plain(target) === plain(DNSName) ? [] : [`${name} points to ${elsewhere}`];
        }),
      );
      return verdict(found.flat(), `${names.join(", ")} → ${DNSName ?? ""}`, {
        expected: `aliases of ${DNSName ?? ""}`,
      });
    },
  },
  {
    id: "dns.resolution",
    title: "Names resolve to the load balancer",
    phase: "after",
    expected: "apex, apps and any other name below the apex have the load balancer's addresses",
    remedy: "check the delegation of the zone, and wait for the records' time to live",
    needs: ["dns.records"],
    applies: hasLoadBalancer,
    async run(context) {
      const notReal = await simulated(context.kubernetes);
      if (notReal !== undefined) return skipped(notReal);
      const { DNSName = "" } = await loadBalancerOf(context);
      const { network, settings } = context;
      const wanted = await network.resolve(DNSName);
      if (wanted.length === 0) return skipped(`${DNSName} does not resolve from here`);
      // A name nobody has asked for before is answered by the wildcard only.
      const probe = `verify-${randomBytes(4).toString("hex")}.${settings.clusterName}`;
      const problems = await Promise.all(
        [settings.clusterName, probe].map(async (name) => {
          const seen = await network.resolve(name);
          if (seen.length === 0) return [`${name} does not resolve`];
          const elsewhere = seen.filter((address) => !wanted.includes(address));
          return elsewhere.length === 0 ? [] : [`${name} resolves to ${elsewhere.join(", ")}`];
        }),
      );
      const found = problems.flat();
      return found.length === 0
        ? ok(wanted.join(", "))
        : verdict(found, "", { expected: wanted.join(", ") });
    },
  },
];
