import { isIP } from "node:net";
import { agentNamespace } from "../../teleport/capsule";
import {
  credentialsSecret,
  joinSecret,
  kubeconfigSecret,
  vaultJoinSecret,
} from "../../teleport/names";
import type { Path } from "../problem";
import type { AgentSettings } from "../sections/agent";
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
    if (!chart.version.startsWith("18.")) {
      report.warning(
        ["chart", "version"],
        `is "${chart.version}": this program is tried with Teleport 18; upgrade one major version at a time.`,
      );
    }
  },
});

/** Secrets that agents bring, with where the settings name them; of the stack's namespace. */
function agentSecrets(
  agents: Record<string, AgentSettings>,
  ofStack: string | undefined,
): { path: Path; name: string }[] {
  return Object.entries(agents).flatMap(([release, agent]) => {
    const { credentials, join, kubernetes } = agent;
    if (ofStack !== undefined && agentNamespace(agent, ofStack) !== ofStack) return [];
    const at = (...rest: string[]): Path => ["agents", release, ...rest];
    return [
      join.method === "token"
        ? { path: at("join"), name: vaultJoinSecret(release) }
        : { path: at(), name: joinSecret(release) },
      ...(kubernetes?.kubeconfig === undefined
        ? []
        : [{ path: at("kubernetes", "kubeconfig"), name: kubeconfigSecret(release) }]),
      ...(credentials === undefined
        ? []
        : [
            {
              path: at("credentials", "secretName"),
              name: credentials.secretName ?? credentialsSecret(release),
            },
          ]),
    ];
  });
}

/** Vault paths that agents read, with where the settings name them. */
function agentPaths(agents: Record<string, AgentSettings>): { path: Path; value: string }[] {
  return Object.entries(agents).flatMap(([release, { credentials, join, kubernetes }]) => {
    const at = (...rest: string[]): Path => ["agents", release, ...rest, "path"];
    const kubeconfig = kubernetes?.kubeconfig;
    return [
      ...(credentials === undefined ? [] : [{ path: at("credentials"), value: credentials.path }]),
      ...(join.method === "token" ? [{ path: at("join"), value: join.path }] : []),
      ...(kubeconfig === undefined
        ? []
        : [{ path: at("kubernetes", "kubeconfig"), value: kubeconfig.path }]),
    ];
  });
}

const distinctSecrets = rule({
  needs: ["agents"],
  check({ certificate, database, agents, namespace }, report) {
    const first = new Map<string, string>([["license", "the licence's Secret"]]);
    if (certificate !== undefined) first.set(certificate.secretName, "certificate.secretName");
    const others = [
      ...(database === undefined
        ? []
        : [{ path: ["database", "secretName"], name: database.secretName }]),
      ...agentSecrets(agents, namespace?.name),
    ];
    for (const { path, name } of others) {
      const owner = first.get(name);
      if (owner === undefined) first.set(name, path.join("."));
      else {
        report.problem(
          path,
          `is "${name}", the same Secret as ${owner}: give each a name of its own.`,
          [["certificate", "secretName"]],
        );
      }
    }
  },
});

const vaultPaths = rule({
  needs: ["vault", "agents"],
  check({ vault, database, agents, teleport }, report) {
    const credentials = database?.credentials;
    const paths = [
      ...(credentials !== undefined && "path" in credentials
        ? [{ path: ["database", "credentials", "path"], value: credentials.path }]
        : []),
      ...agentPaths(agents),
      ...(teleport?.licensePath === undefined
        ? []
        : [{ path: ["teleport", "licensePath"], value: teleport.licensePath }]),
    ];
    for (const { path, value } of paths) {
      const [head, ...rest] = value.split("/");
      const withoutMount = value.startsWith(`${vault.kvMount}/`)
        ? value.slice(vault.kvMount.length + 1)
        : undefined;
      if (value.split("/").some((part) => part === "." || part === "..")) {
        report.problem(path, `is "${value}", and Vault paths have no "." or ".." in them.`);
      } else if (head === "data" && rest.length > 0) {
        report.problem(
          path,
          `is "${value}": leave out "data/", it belongs to Vault's API only; write "${rest.join("/")}".`,
        );
      } else if (withoutMount !== undefined) {
        report.problem(
          path,
          `is "${value}": paths are below the mount "${vault.kvMount}" already; ` +
            `write "${withoutMount.replace(/^data\//, "")}".`,
          [["vault", "kvMount"]],
        );
      }
    }
    if (credentials?.source === "generated") {
      const same = paths.find(
        ({ path, value }) => path[0] !== "database" && value === credentials.path,
      );
      if (same !== undefined) {
        report.problem(
          ["database", "credentials", "path"],
          `is "${credentials.path}", which ${same.path.join(".")} reads too: the generated password ` +
            "would overwrite it; use a path of its own.",
          [same.path],
        );
      }
    }
  },
});

const staticRoleNeedsOperator = rule({
  needs: ["vault", "database"],
  check({ vault, database }, report) {
    if (vault.delivery === "pulumi" && database.credentials.source === "static-role") {
      report.problem(
        ["vault", "delivery"],
        'is "pulumi", but a static-role password rotates between deployments, and only the operator ' +
          'follows it: use delivery "operator", or another database.credentials.source.',
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
      report.problem(
        ["aws", "tags", key],
        'starts with "aws:", which AWS keeps to itself: rename it.',
      );
    }
    if (keys.length > 50) {
      report.problem(["aws", "tags"], `has ${keys.length} tags, and AWS allows 50: remove some.`);
    }
  },
});

export const platformRules: readonly Rule[] = [
  clusterNameIsADomain,
  oneChartSource,
  distinctSecrets,
  vaultPaths,
  staticRoleNeedsOperator,
  vaultIsEncrypted,
  awsTags,
];
