import { cidrFault } from "../../teleport/address";
import { s3Address } from "../../teleport/recordings";
import type { Path } from "../problem";
import { duplicates, noRepeats, type Report, rule, type Rule } from "./rule";

/** Rules about the network load balancer. */

const at = (...rest: (string | number)[]): Path => ["loadBalancer", ...rest];

const needsAws = rule({
  needs: [],
  check({ loadBalancer, aws, teleport }, report) {
    if (loadBalancer !== undefined && aws === undefined) {
      report.problem(
        ["aws"],
        "is missing: the load balancer needs it, at least its region; add it, or remove loadBalancer.",
        [["loadBalancer"]],
      );
    }
    const recordings = s3Address(teleport?.sessionRecordings) !== undefined;
    if (loadBalancer === undefined && aws !== undefined && !recordings) {
      report.warning(["aws"], "has no effect without loadBalancer or recordings in S3.", [
        ["loadBalancer"],
      ]);
    }
  },
});

const name = rule({
  needs: [],
  check({ loadBalancer }, report) {
    if (loadBalancer === undefined) return;
    const { name: text } = loadBalancer;
    const faults: [boolean, string][] = [
      [text.length > 32, `has ${text.length} characters: AWS allows 32`],
      [!/^[A-Za-z0-9-]+$/.test(text), "may have only letters, digits and '-'"],
      [/^-|-$/.test(text), "may not start or end with '-'"],
      [text.startsWith("internal-"), 'may not start with "internal-", which AWS reserves'],
    ];
    const wrong = faults.find(([broken]) => broken)?.[1];
    if (wrong !== undefined) report.problem(at("name"), `is "${text}", and it ${wrong}.`);
  },
});

/** An AWS object needs exactly one selector, which is not empty. */
function exactlyOne(path: Path, given: Record<string, unknown>, keys: string[], report: Report) {
  const involves = keys.map((key) => [...path, key]);
  const set = keys.filter((key) => given[key] !== undefined);
  if (set.length !== 1) {
    report.problem(
      path,
      set.length === 0
        ? `names nothing: set one of ${keys.join(", ")}.`
        : `is ambiguous: ${set.join(" and ")} are set, keep one of them.`,
      involves,
    );
    return;
  }
  const [key = ""] = set;
  const value = given[key];
  if (typeof value === "object" && value !== null && Object.keys(value).length === 0) {
    report.problem(
      [...path, key],
      "is empty: it would match everything or nothing; name at least one.",
    );
  }
  if (Array.isArray(value)) {
    noRepeats(value as string[], (index) => [...path, key, index], report);
  }
}

const TARGETS = [
  "autoScalingGroup",
  "autoScalingGroups",
  "targetGroupBinding",
  "instanceTags",
  "instanceIds",
];

const lookups = rule({
  needs: [],
  check({ loadBalancer }, report) {
    if (loadBalancer === undefined) return;
    const { vpc, subnets, targets, nodeSecurityGroup } = loadBalancer;
    exactlyOne(at("vpc"), vpc, ["id", "tags"], report);
    exactlyOne(at("subnets"), subnets, ["ids", "tags"], report);
    exactlyOne(at("targets"), targets, TARGETS, report);
    exactlyOne(at("nodeSecurityGroup"), nodeSecurityGroup, ["id", "tags"], report);
  },
});

const cidrs = rule({
  needs: [],
  check({ loadBalancer }, report) {
    const list = loadBalancer?.allowedCidrs ?? [];
    for (const [index, cidr] of list.entries()) {
      const fault = cidrFault(cidr);
      if (fault !== undefined) report.problem(at("allowedCidrs", index), fault);
      else if (cidr.includes(":")) {
        report.problem(
          at("allowedCidrs", index),
          `is "${cidr}", but the load balancer has only IPv4 addresses: remove it.`,
        );
      }
    }
    duplicates(list, String, (index, first) =>
      report.problem(at("allowedCidrs", index), `repeats allowedCidrs[${first}]: remove it.`),
    );
  },
});

const targets = rule({
  needs: [],
  check({ loadBalancer, teleport }, report) {
    if (loadBalancer === undefined) return;
    const { nodeSelector = {}, affinity } = teleport?.proxy ?? {};
    if (
      loadBalancer.targets.targetGroupBinding === undefined &&
      Object.keys(nodeSelector).length === 0 &&
      affinity === undefined
    ) {
      report.warning(
        at("targets"),
        "may not include all nodes where proxies run, and proxies on other nodes get no connections from outside " +
          "(externalTrafficPolicy: Local): set teleport.proxy.nodeSelector to labels of the targets, unless all nodes " +
          "are targets.",
        [["teleport", "proxy", "nodeSelector"]],
      );
    }
    if (loadBalancer.targets.instanceTags !== undefined) {
      report.warning(
        at("targets", "instanceTags"),
        "is a snapshot: new nodes get no connections until the next update. If nodes change, " +
          "use autoScalingGroups or targetGroupBinding.",
      );
    }
    if (loadBalancer.internal && loadBalancer.preserveClientIp) {
      report.warning(
        at("preserveClientIp"),
        "is true with internal: a client on a target node cannot reach its own node through the " +
          "load balancer (NLB hairpinning). Agents here use the Service; for other clients in the cluster " +
          "set it to false, or give them the Service's address.",
        [at("internal")],
      );
    }
  },
});

const zone = rule({
  needs: ["clusterName"],
  check({ clusterName, loadBalancer }, report) {
    const dns = loadBalancer?.dns;
    if (dns !== undefined && clusterName !== dns.zone && !clusterName.endsWith(`.${dns.zone}`)) {
      report.problem(
        at("dns", "zone"),
        `is "${dns.zone}", and "${clusterName}" is not in that zone: name the hosted zone that ${clusterName} belongs to.`,
        [["clusterName"]],
      );
    }
  },
});

export const loadBalancerRules: readonly Rule[] = [needsAws, name, lookups, cidrs, targets, zone];
