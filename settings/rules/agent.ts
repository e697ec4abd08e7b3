import { servicesOf } from "../../teleport/agent-services";
import { CLUSTER_RELEASE, isInCluster, serviceAddress } from "../../teleport/names";
import type { Path } from "../problem";
import { covered, hostOf, repeated, rule, type Rule } from "./rule";
import { checkPort } from "./teleport";

/** Rules about the agents themselves; those about apps and headers are in apps.ts and headers.ts. */

/** Objects of chart `teleport-cluster`, which Helm would not let an agent's release have. */
const OF_THE_CLUSTER = ["auth", "proxy", "operator"].map((part) => `${CLUSTER_RELEASE}-${part}`);

const releaseName = rule({
  needs: ["agents"],
  check({ kind, agents }, report) {
    for (const name of Object.keys(agents)) {
      const path = ["agents", name];
      if (name.length > 53) {
        report.problem(
          path,
          `is a name of ${name.length} characters, and Helm allows 53: shorten it.`,
        );
      } else if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) {
        report.problem(
          path,
          "is no name of a Helm release: it must be a DNS label (a-z, 0-9 and inner '-').",
        );
      } else if (name.length === 53) {
        report.warning(
          path,
          "is a name of 53 characters: Kubernetes may refuse the pods of a StatefulSet named so; use 52 or fewer.",
        );
      }
      if (name === CLUSTER_RELEASE) {
        report.problem(path, "is the release of the cluster itself: choose another name.");
      } else if (kind === "plane" && OF_THE_CLUSTER.includes(name)) {
        report.problem(path, "is what the cluster's own release calls its parts: choose another.");
      }
    }
  },
});

const joinAddress = rule({
  needs: ["clusterName", "agents", "namespace"],
  check({ clusterName, agents, namespace, plane }, report) {
    for (const [name, agent] of Object.entries(agents)) {
      const skip = agent.insecureSkipProxyTLSVerify;
      const publicAddress = `${clusterName}:443`;
      const usual =
        plane === undefined
          ? skip
            ? serviceAddress(namespace.name)
            : publicAddress
          : (plane.proxyAddress ?? publicAddress);
      const address = agent.proxyAddress ?? usual;
      const path = ["agents", name, "insecureSkipProxyTLSVerify"];
      const proxyAddress =
        agent.proxyAddress === undefined && plane?.proxyAddress !== undefined
          ? ["plane", "proxyAddress"]
          : ["agents", name, "proxyAddress"];
      const involves: Path[] = [proxyAddress, ["clusterName"]];
      if (agent.proxyAddress !== undefined) checkPort(proxyAddress, address, report);
      if (skip && !isInCluster(address)) {
        report.problem(
          path,
          `is true, but agents join at "${address}", which is not in-cluster: anybody on the way could ` +
            "pose as the proxy; set it to false, or join at the Service's in-cluster name.",
          involves,
        );
      } else if (skip) {
        report.warning(
          path,
          "is true, which also turns off verification of every app's certificate behind this agent; " +
            "without it (and without proxyAddress) the pods take " +
            `${clusterName} for the Service, and verify both.`,
          involves,
        );
      } else if (!covered(hostOf(address), clusterName)) {
        report.problem(
          path,
          `is false, but agents join at "${address}", which the certificate (${clusterName}, ` +
            `*.${clusterName}) does not name: remove proxyAddress, so that they join verified at ${publicAddress}.`,
          involves,
        );
      }
    }
  },
});

/** An agent without anything to do would wait for nothing, and look healthy. */
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
          "cannot be combined with kubeconfig, which leads to another API server: remove one of them.",
          [at("kubernetes", "kubeconfig")],
        );
      }
      if (discovery !== undefined && discovery.group === undefined && kubernetes === undefined) {
        report.problem(
          at("discovery", "group"),
          "is missing: without kubernetes.clusterName, what is found needs a group.",
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
          `is "${discovery.group}", and the chart has one name for both: remove it, or write "${kubernetes.clusterName}".`,
          [at("kubernetes", "clusterName")],
        );
      }
      if (discovery !== undefined && kubernetes?.kubeconfig !== undefined) {
        report.warning(
          at("discovery"),
          "looks into the cluster around the agent, not into that of the kubeconfig.",
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
          `is ${minAvailable} of ${replicas} pods, so that no node could ever be drained: make it less.`,
          [["agents", name, "replicas"]],
        );
      }
    }
  },
});

const databases = rule({
  needs: ["agents"],
  check({ agents }, report) {
    const all = Object.entries(agents).flatMap(([release, { databases: list }]) =>
      list.map((database, index) => ({
        ...database,
        place: `agents.${release}.databases[${index}]`,
        at: (key: string): Path => ["agents", release, "databases", index, key],
      })),
    );
    repeated(
      all,
      ({ name }) => name,
      (two, one, name) =>
        report.problem(two.at("name"), `is "${name}", as ${one.place} is called: rename one.`),
    );
    for (const { uri, tlsMode, at } of all) {
      if (!/:\d{1,5}(\/\S*)?$/.test(uri) && !uri.includes("://")) {
        report.problem(at("uri"), `is "${uri}", and needs a port: HOST:PORT.`);
      }
      if (tlsMode === "insecure") {
        report.warning(
          at("tlsMode"),
          'is "insecure": anybody on the way could pose as the database.',
        );
      }
    }
  },
});

export const agentRules: readonly Rule[] = [releaseName, joinAddress, serves, pods, databases];
