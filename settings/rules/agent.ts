import { CLUSTER_RELEASE, isInCluster, serviceAddress } from "../../teleport/names";
import type { Path } from "../problem";
import { covered, hostOf, type Rule } from "./rule";
import { checkPort } from "./teleport";

/** Rules about the agent itself; those about apps and headers are in apps.ts and headers.ts. */

const releaseName: Rule = {
  needs: ["agent"],
  check({ agent: { releaseName: name } }, report) {
    const path = ["agent", "releaseName"];
    if (name.length > 53) {
      report.problem(
        path,
        `is "${name}" (${name.length} characters), and Helm allows 53: shorten it.`,
      );
    } else if (name.length === 53) {
      report.warning(
        path,
        `is "${name}" (53 characters): Kubernetes may refuse the pods of a StatefulSet named so; use 52 or fewer.`,
      );
    }
    if (name === CLUSTER_RELEASE) {
      report.problem(path, `is "${name}", the release of the cluster itself: choose another.`);
    }
  },
};

const joinAddress: Rule = {
  needs: ["clusterName", "agent", "namespace"],
  check({ clusterName, agent, namespace }, report) {
    const address = agent.proxyAddress ?? serviceAddress(namespace.name);
    const skip = agent.insecureSkipProxyTLSVerify;
    const path = ["agent", "insecureSkipProxyTLSVerify"];
    const involves: Path[] = [["agent", "proxyAddress"], ["clusterName"]];
    if (agent.proxyAddress !== undefined) checkPort(["agent", "proxyAddress"], address, report);
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
  },
};

export const agentRules: readonly Rule[] = [releaseName, joinAddress];
