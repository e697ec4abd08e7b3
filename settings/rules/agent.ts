import { servicesOf } from "../../teleport/agent-services";
import { protocolFaults } from "../../teleport/checks/editions";
import { Field } from "../../teleport/checks/fault";
import { databaseFaults, databaseNameFault } from "../../teleport/database-faults";
import { isInCluster, serviceAddress } from "../../teleport/names";
import type { Path } from "../problem";
import { coveredByCertificate, hostOf, repeated, reportFaults, rule, type Rule } from "./rule";

/** Rules about the agents themselves; those about apps and headers are in apps.ts and headers.ts. */

const joinAddress = rule({
  needs: ["clusterName", "agents", "namespace"],
  check({ clusterName, agents, namespace, plane }, report) {
    for (const [name, agent] of Object.entries(agents)) {
      const skip = agent.insecureSkipProxyTLSVerify;
      const publicAddress = `${clusterName}:443`;
      const beside = plane === undefined && skip ? serviceAddress(namespace.name) : undefined;
      const address = agent.proxyAddress ?? plane?.proxyAddress ?? beside ?? publicAddress;
      const path = ["agents", name, "insecureSkipProxyTLSVerify"];
      const proxyAddress =
        agent.proxyAddress === undefined && plane?.proxyAddress !== undefined
          ? ["plane", "proxyAddress"]
          : ["agents", name, "proxyAddress"];
      const involves: Path[] = [proxyAddress, ["clusterName"]];
      if (skip && !isInCluster(address)) {
        report.problem(
          path,
          `is true, but agents join at "${address}", which is not in-cluster, so an attacker on the network could ` +
            "pose as the proxy: set it to false, or join at the Service's in-cluster name.",
          involves,
        );
      } else if (skip) {
        report.warning(
          path,
          "is true, which also turns off verification of every app's certificate behind this agent: " +
            "remove it (and proxyAddress), and the pods resolve " +
            `${clusterName} to the Service and verify both.`,
          involves,
        );
      } else if (!coveredByCertificate(hostOf(address), clusterName)) {
        report.problem(
          path,
          `is false, but agents join at "${address}", which the certificate (${clusterName}, ` +
            `*.${clusterName}) does not cover: remove proxyAddress to join verified at ${publicAddress}.`,
          involves,
        );
      }
    }
  },
});

/** An agent that serves nothing would look healthy. */
const serves = rule({
  needs: ["agents"],
  check({ agents }, report) {
    for (const [name, agent] of Object.entries(agents)) {
      const at = (...rest: (string | number)[]): Path => ["agents", name, ...rest];
      if (servicesOf(agent).length === 0) {
        report.problem(
          at(),
          "serves nothing: add apps, dynamicApps, kubernetes, databases, databaseResources or discovery.",
          [
            at("apps"),
            at("dynamicApps"),
            at("kubernetes"),
            at("databases"),
            at("databaseResources"),
            at("discovery"),
          ],
        );
      }
      const { kubernetes, discovery } = agent;
      if (kubernetes?.capsule !== undefined && kubernetes.kubeconfig !== undefined) {
        report.problem(
          at("kubernetes", "capsule"),
          "excludes kubeconfig, which names another API server: remove one of them.",
          [at("kubernetes", "kubeconfig")],
        );
      }
      if (discovery !== undefined && discovery.group === undefined && kubernetes === undefined) {
        report.problem(
          at("discovery", "group"),
          "is missing: without kubernetes.clusterName, discovery needs a group.",
          [at("kubernetes")],
        );
      }
      if (
        discovery?.group !== undefined &&
        kubernetes !== undefined &&
        discovery.group !== kubernetes.clusterName
      ) {
        report.problem(
          at("discovery", "group"),
          `is "${discovery.group}", but the chart has one name for both: remove it, or write "${kubernetes.clusterName}".`,
          [at("kubernetes", "clusterName")],
        );
      }
      if (discovery !== undefined && kubernetes?.kubeconfig !== undefined) {
        report.warning(
          at("discovery"),
          "searches the agent's own cluster, not those of the kubeconfig.",
        );
      }
    }
  },
});

const pods = rule({
  needs: ["agents"],
  check({ agents }, report) {
    for (const [name, { replicas, minAvailable }] of Object.entries(agents)) {
      if (replicas > 1 && minAvailable >= replicas) {
        report.problem(
          ["agents", name, "minAvailable"],
          `is ${minAvailable} of ${replicas} pods, so no node could be drained: lower it.`,
          [["agents", name, "replicas"]],
        );
      }
    }
  },
});

const databases = rule({
  needs: ["agents"],
  check({ agents, resources, teleport, plane }, report) {
    const edition = teleport === undefined ? "plane.edition" : "teleport.edition";
    const isCommunity = (teleport ?? plane)?.edition === "community";
    const all = Object.entries(agents).flatMap(([release, { databases: list }]) =>
      list.map((database, index) => ({
        ...database,
        place: `agents.${release}.databases[${index}]`,
        at: (...keys: Path): Path => ["agents", release, "databases", index, ...keys],
      })),
    );
    repeated(
      all,
      ({ name }) => name,
      (two, one, name) =>
        report.problem(
          two.at("name"),
          `is "${name}", which is also the name of ${one.place}: rename one.`,
        ),
    );
    for (const database of all) {
      const { name, at } = database;
      if (Object.hasOwn(resources?.databases ?? {}, name)) {
        report.problem(
          at("name"),
          `is "${name}", as resources.databases.${name} is called: rename one.`,
          [["resources", "databases"]],
        );
      }
      const nameFault = databaseNameFault(name);
      if (nameFault !== undefined) report.problem(at("name"), `is "${name}", ${nameFault}`);
      const spec = new Field({
        ...database.config,
        protocol: database.protocol,
        uri: database.uri,
        tls: { mode: database.tlsMode, server_name: database.tlsServerName },
      });
      const ofEdition = isCommunity ? protocolFaults(spec, edition) : [];
      reportFaults(databaseFaults(spec), (path) => at(...settingOf(path)), report);
      reportFaults(ofEdition, (path) => at(...settingOf(path)), report, [edition.split(".")]);
    }
  },
});

/** The setting of a database for a field of a TeleportDatabaseV3. */
function settingOf(path: Path): Path {
  const [field, part] = path;
  if (field === "tls") return [part === "mode" ? "tlsMode" : "tlsServerName"];
  return field === "uri" || field === "protocol" ? path : ["config", ...path];
}

export const agentRules: readonly Rule[] = [joinAddress, serves, pods, databases];
