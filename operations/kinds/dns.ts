import { getText, get, list } from "../../teleport/values";
import { fact, whenLost, type ResourceKind } from "./resource-kind";

/** Records in Route 53. */
export const DNS: readonly ResourceKind[] = [
  {
    type: /^aws:route53\/record:Record$/,
    facts: (inputs) => [
      `${fact(inputs, "type")} ${fact(inputs, "name")}`,
      ...list(get(inputs, "aliases")).map((alias) => `→ ${fact(alias, "name")}`),
    ],
    fixed: ["zoneId", "name", "type"],
    effects: whenLost(
      "outage",
      "the name does not resolve in between; resolvers remember that for a while",
    ),
    protection: { name: "dns", loss: "the name does not resolve, and resolvers remember that" },
    findInAws: (inputs, aws) => aws.record(inputs),
    adoptFromAws: (inputs, { zone }) => {
      const name = getText(inputs, "name");
      return zone?.records.includes(name) === true ? `${zone.id}_${name}_A` : undefined;
    },
  },
];
