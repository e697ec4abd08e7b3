import { getText, get, list } from "../../teleport/values";
import { fact, type ResourceKind } from "./resource-kind";

/** Records in Route 53. */
export const DNS: readonly ResourceKind[] = [
  {
    type: /^aws:route53\/record:Record$/,
    facts: (inputs) => [
      `${fact(inputs, "type")} ${fact(inputs, "name")}`,
      ...list(get(inputs, "aliases")).map((alias) => `→ ${fact(alias, "name")}`),
    ],
    fixed: ["zoneId", "name", "type"],
    lost: {
      level: "outage",
      text: "the name does not resolve in between, and resolvers remember that for a while",
      allow: "dns",
    },
    findInAws: (inputs, aws) => aws.record(inputs),
    adoptFromAws: (inputs, { zone }) => {
      const name = getText(inputs, "name");
      return zone?.records.includes(name) === true ? `${zone.id}_${name}_A` : undefined;
    },
  },
];
