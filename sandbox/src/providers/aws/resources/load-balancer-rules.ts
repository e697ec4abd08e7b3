/** Input checks of load balancers, and changes that need a replacement. */
import type { CheckFailure } from "../../framework.ts";
import { word, type Plain } from "../../tables/plain.ts";
import { strings } from "../common.ts";
import { nameProblem } from "./elb.ts";

export function mappings(value: unknown): Plain[] {
  return Array.isArray(value) ? (value as Plain[]) : [];
}

/** Properties whose change replaces a network load balancer (API: SetSubnets, SetSecurityGroups). */
export function networkReplacements(news: Plain, olds: Plain): string[] {
  if (news["loadBalancerType"] !== "network") return [];
  const replaced: string[] = [];
  const [had, wants] = [strings(olds["securityGroups"]) ?? [], strings(news["securityGroups"])];
  if (wants && (had.length === 0) !== (wants.length === 0)) replaced.push("securityGroups");
  const lost = (old: string[], now: string[]) => old.some((item) => !now.includes(item));
  const subnets = strings(news["subnets"]);
  if (subnets && lost(strings(olds["subnets"]) ?? [], subnets)) replaced.push("subnets");
  if (Array.isArray(news["subnetMappings"])) {
    const ids = (list: unknown) => mappings(list).map((mapping) => word(mapping["subnetId"]));
    if (lost(ids(olds["subnetMappings"]), ids(news["subnetMappings"])))
      replaced.push("subnetMappings");
  }
  return replaced;
}

export function rules(inputs: Plain): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const name = inputs["name"];
  if (typeof name === "string") {
    const reason = nameProblem(name);
    if (reason) failures.push({ property: "name", reason });
  }
  if (inputs["subnets"] === undefined && inputs["subnetMappings"] === undefined) {
    const reason = "Invalid combination of arguments. One of subnets, subnetMappings must be given";
    failures.push({ property: "subnets", reason });
  }
  return failures;
}
