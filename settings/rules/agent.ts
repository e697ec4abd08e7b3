import { CLUSTER_RELEASE, isInCluster, serviceAddress } from "../../teleport/names";
import type { Path } from "../problem";
import { covered, hostOf, rule, type Rule } from "./rule";
import { checkPort } from "./teleport";

/** Rules about the agents themselves; those about apps and headers are in apps.ts and headers.ts. */

const releaseName = rule({
  needs: ["agents"],
  check({ agents }, report) {
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
      }
    }
  },
});

const joinAddress = rule({
  needs: ["clusterName", "agents", "namespace"],
  check({ clusterName, agents, namespace, plane }, report) {
    const usual =
      plane === undefined
        ? serviceAddress(namespace.name)
        : (plane.proxyAddress ?? `${clusterName}:443`);
    for (const [name, agent] of Object.entries(agents)) {
      const address = agent.proxyAddress ?? usual;
      const skip = agent.insecureSkipProxyTLSVerify;
      const path = ["agents", name, "insecureSkipProxyTLSVerify"];
      const proxyAddress = ["agents", name, "proxyAddress"];
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
            `the verified way is false with proxyAddress: ${clusterName}:443.`,
          involves,
        );
      } else if (!covered(hostOf(address), clusterName)) {
        report.problem(
          path,
          `is false, but agents join at "${address}", which the certificate (${clusterName}, ` +
            `*.${clusterName}) does not name: set proxyAddress: ${clusterName}:443, or true for an in-cluster address.`,
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
      if (agent.apps.length === 0) {
        report.problem(["agents", name, "apps"], "is an empty list: name at least one.");
      }
    }
  },
});

export const agentRules: readonly Rule[] = [releaseName, joinAddress, serves];
