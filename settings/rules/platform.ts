import { isIP } from "node:net";
import { chartsOf } from "../../inventory/charts";
import { TELEPORT_MAJOR } from "../../teleport/versions";
import { rule, type Rule } from "./rule";

/** Rules about names, chart source, Vault and the AWS account. */

const clusterNameIsADomain = rule({
  needs: ["clusterName"],
  check({ clusterName }, report) {
    if (isIP(clusterName) !== 0) {
      report.problem(
        ["clusterName"],
        `is "${clusterName}", an IP address: apps and certificate need a domain, such as example.com.`,
      );
    } else if (!clusterName.includes(".")) {
      report.problem(
        ["clusterName"],
        `is "${clusterName}", must be a domain with at least two labels, such as ${clusterName}.example.com: ` +
          "the certificate names it and its wildcard.",
      );
    }
  },
});

const oneChartSource = rule({
  needs: ["chart"],
  check({ chart }, report) {
    const given = (["repository", "oci", "path"] as const).filter((k) => chart[k] !== undefined);
    if (given.length > 1) {
      report.problem(
        ["chart"],
        `names ${given.length} sources (${given.join(", ")}): keep one of them.`,
        given.map((key) => ["chart", key]),
      );
    }
    if (chart.version.split(".")[0] !== TELEPORT_MAJOR) {
      report.warning(
        ["chart", "version"],
        `is "${chart.version}": this program supports Teleport ${TELEPORT_MAJOR}; upgrade one major version at a time.`,
      );
    }
  },
});

const digestOfEachChart = rule({
  needs: ["chart"],
  check({ chart: { digests }, teleport, agents, eventHandler }, report) {
    if (digests === undefined) return;
    for (const name of chartsOf({ teleport, agents, eventHandler })) {
      if (digests[name] !== undefined) continue;
      report.problem(
        ["chart", "digests"],
        `has no ${name}, which this stack deploys: add its digest from \`access-plane verify --only chart\`, ` +
          "or remove the setting.",
      );
    }
  },
});

const staticRoleNeedsOperator = rule({
  needs: ["vault", "database"],
  check({ vault, database }, report) {
    if (vault.delivery === "pulumi" && database.credentials.source === "static-role") {
      report.problem(
        ["vault", "delivery"],
        'is "pulumi", but a static-role password rotates between deployments, which only the operator ' +
          'follows: use delivery "operator", or another database.credentials.source.',
        [["database", "credentials", "source"]],
      );
    }
    if (vault.delivery === "pulumi" && vault.connectionRef !== undefined) {
      report.warning(
        ["vault", "connectionRef"],
        'has no effect with delivery "pulumi": remove it.',
      );
    }
  },
});

const vaultIsEncrypted = rule({
  needs: ["vault"],
  check({ vault }, report) {
    if (vault.address === undefined || !vault.address.startsWith("http://")) return;
    const host = new URL(vault.address).hostname;
    if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host)) {
      report.warning(
        ["vault", "address"],
        `is "${vault.address}": Vault's token and secrets would travel unencrypted; use https.`,
      );
    }
  },
});

const awsTags = rule({
  needs: [],
  check({ aws }, report) {
    const keys = Object.keys(aws?.tags ?? {});
    for (const key of keys.filter((k) => k.toLowerCase().startsWith("aws:"))) {
      report.problem(["aws", "tags", key], 'starts with "aws:", which AWS reserves: rename it.');
    }
    if (keys.length > 50) {
      report.problem(["aws", "tags"], `has ${keys.length} tags, but AWS allows 50: remove some.`);
    }
  },
});

export const platformRules: readonly Rule[] = [
  clusterNameIsADomain,
  oneChartSource,
  digestOfEachChart,
  staticRoleNeedsOperator,
  vaultIsEncrypted,
  awsTags,
];
