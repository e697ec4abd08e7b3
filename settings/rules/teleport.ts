import { LOCAL_CONNECTORS } from "../../teleport/checks/names";
import { isInCluster } from "../../teleport/names";
import type { Path } from "../problem";
import { hint } from "../../teleport/did-you-mean";
import {
  coveredByCertificate,
  duplicates,
  hostOf,
  noRepeats,
  portOf,
  rule,
  seconds,
  type Rule,
} from "./rule";

/** Rules about the Teleport cluster. */

const licence = rule({
  needs: ["teleport"],
  check({ teleport: { edition, licensePath } }, report) {
    const edited: Path[] = [["teleport", "edition"]];
    if (edition === "enterprise" && licensePath === undefined) {
      report.problem(
        ["teleport", "licensePath"],
        "is missing: the enterprise edition needs the Vault path of its licence (key license.pem).",
        edited,
      );
    }
    if (edition === "community" && licensePath !== undefined) {
      report.problem(
        ["teleport", "licensePath"],
        'is set, but the edition is "community": set edition "enterprise", or remove the path.',
        edited,
      );
    }
  },
});

const authentication = rule({
  needs: ["teleport"],
  check({ teleport: { authentication, edition } }, report) {
    const { type, connectorName, localAuth, secondFactors } = authentication;
    const at = (key: string): Path => ["teleport", "authentication", key];
    if (type === "local" && !localAuth) {
      report.problem(
        at("localAuth"),
        'is false, but the type is "local", so nobody could log in: set it to true, or choose another type.',
        [at("type")],
      );
    }
    if (type !== "local" && connectorName === undefined) {
      report.problem(
        at("connectorName"),
        `is missing: type "${type}" needs the name of the connector that logins use.`,
        [at("type")],
      );
    }
    if (
      type === "local" &&
      connectorName !== undefined &&
      !LOCAL_CONNECTORS.includes(connectorName)
    ) {
      report.problem(
        at("connectorName"),
        `is "${connectorName}", but type "local" has only ${LOCAL_CONNECTORS.join(", ")}: ` +
          "set the connector's type, or remove the name.",
        [at("type")],
      );
    }
    if (edition === "community" && (type === "oidc" || type === "saml")) {
      report.problem(
        at("type"),
        `is "${type}", which the community edition does not have: use github or local, or the enterprise edition.`,
        [["teleport", "edition"]],
      );
    }
    noRepeats(secondFactors, (index) => [...at("secondFactors"), index], report);
    if (localAuth && secondFactors.every((factor) => factor === "sso")) {
      report.problem(
        at("secondFactors"),
        "is only sso, which local users do not have: add otp or webauthn, or set localAuth: false.",
        [at("localAuth")],
      );
    }
  },
});

const COLLECTIONS = {
  github: "githubConnectors",
  oidc: "oidcConnectors",
  saml: "samlConnectors",
} as const;

/** The default connector must be declared. */
const connector = rule({
  needs: ["teleport", "resources"],
  check({ teleport: { authentication }, resources }, report) {
    const { type, connectorName } = authentication;
    if (type === "local" || connectorName === undefined) return;
    const collection = COLLECTIONS[type];
    const names = Object.keys(resources[collection]);
    const path = ["teleport", "authentication", "connectorName"];
    const involves: Path[] = [
      ["teleport", "authentication", "type"],
      ["resources", collection],
    ];
    if (names.includes(connectorName)) return;
    const other = Object.values(COLLECTIONS).find((all) =>
      Object.hasOwn(resources[all], connectorName),
    );
    if (other !== undefined) {
      report.problem(
        path,
        `is "${connectorName}", which is declared under resources.${other}, but the type is "${type}": correct one of them.`,
        involves,
      );
    } else if (names.length > 0) {
      report.problem(
        path,
        `is "${connectorName}", which resources.${collection} does not declare` +
          hint(connectorName, names, ` (${names.join(", ")}).`),
        involves,
      );
    } else {
      report.warning(
        path,
        `is "${connectorName}", which resources.${collection} does not declare: nobody can log in with it, unless ` +
          "somebody creates that connector in Teleport.",
        involves,
      );
    }
  },
});

const publicAddresses = rule({
  needs: ["clusterName", "teleport"],
  check({ clusterName, teleport, loadBalancer }, report) {
    const addresses = teleport.publicAddresses ?? [];
    const at = (index: number): Path => ["teleport", "publicAddresses", index];
    for (const [index, address] of addresses.entries()) {
      if (isInCluster(address)) {
        if (index > 0) continue;
        report.problem(
          at(index),
          `is "${address}", which people outside cannot reach: put ${clusterName}:443 first.`,
        );
      } else if (!coveredByCertificate(hostOf(address), clusterName)) {
        report.problem(
          at(index),
          `is "${address}", which is not one of the certificate's names (${clusterName}, *.${clusterName}): ` +
            "use one of them, or the Service's in-cluster name.",
          [["clusterName"]],
        );
      } else if (index === 0 && loadBalancer !== undefined && portOf(address) !== 443) {
        report.warning(
          at(index),
          `is "${address}", but the load balancer listens on 443: people cannot use this address through it.`,
        );
      }
    }
    duplicates(addresses, String, (index, first) =>
      report.problem(at(index), `repeats publicAddresses[${first}]: remove it.`),
    );
  },
});

const proxyProtocol = rule({
  needs: ["teleport", "agents"],
  check({ teleport, loadBalancer, agents }, report) {
    const involves: Path[] = [
      ["teleport", "proxyProtocol"],
      ["loadBalancer", "proxyProtocolV2"],
    ];
    if (
      loadBalancer !== undefined &&
      teleport.proxyProtocol === "on" &&
      !loadBalancer.proxyProtocolV2
    ) {
      report.problem(
        ["loadBalancer", "proxyProtocolV2"],
        'is false, but teleport.proxyProtocol is "on", which refuses connections without the header: ' +
          "set both, or neither.",
        involves,
      );
    }
    if (teleport.proxyProtocol === "off" && loadBalancer?.proxyProtocolV2 === true) {
      report.problem(
        ["teleport", "proxyProtocol"],
        'is "off", but loadBalancer.proxyProtocolV2 is true, and Teleport would refuse its header: ' +
          "set both, or neither.",
        involves,
      );
    }
    for (const [name, { proxyAddress }] of Object.entries(agents)) {
      // Without an address of its own an agent joins at the Service.
      const inCluster = proxyAddress === undefined || isInCluster(proxyAddress);
      if (teleport.proxyProtocol !== "on" || !inCluster) continue;
      report.problem(
        ["agents", name, "proxyAddress"],
        'is in-cluster, where nothing sends the header that teleport.proxyProtocol "on" requires: ' +
          'join at the public address, or set teleport.proxyProtocol: "off".',
        involves,
      );
    }
  },
});

const durations = rule({
  needs: ["teleport", "database", "vault"],
  check({ teleport, database, vault }, report) {
    const positive: [Path, string][] = [
      [["teleport", "operatorSyncPeriod"], teleport.operatorSyncPeriod],
      [["teleport", "certificateReload"], teleport.certificateReload],
      [["database", "auditRetention"], database.auditRetention],
      [["vault", "refreshAfter"], vault.refreshAfter],
    ];
    for (const [path, value] of positive) {
      if (seconds(value) < 1) report.problem(path, `is "${value}", must be at least 1s.`);
    }
  },
});

export const teleportRules: readonly Rule[] = [
  licence,
  authentication,
  connector,
  publicAddresses,
  proxyProtocol,
  durations,
];
