import { names as resourceNames } from "../../teleport/checks/names";
import { CLUSTER_RELEASE } from "../../teleport/names";
import { mapping, type Mapping } from "../../teleport/values";
import type { Path } from "../problem";
import type { Report } from "./rule";

/**
 * Rules about the keys by which settings name things: agents, apps, resources. They look at settings as they
 * were read, so that a wrong name is reported together with the problems below it.
 */

/** Objects of chart `teleport-cluster`. Helm would refuse them in an agent's release. */
const OF_THE_CLUSTER = ["auth", "proxy", "operator"].map((part) => `${CLUSTER_RELEASE}-${part}`);

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LONGEST_LABEL = 63;
const LONGEST_RELEASE = 53;

function releaseNames({ agents, clusterName }: Mapping, report: Report): void {
  for (const name of Object.keys(mapping(agents))) {
    const path = ["agents", name];
    if (name.length > LONGEST_RELEASE) {
      report.problem(
        path,
        `is a name of ${name.length} characters, but Helm allows ${LONGEST_RELEASE}: shorten it.`,
      );
    }
    if (!DNS_LABEL.test(name)) {
      report.problem(
        path,
        "is not a valid name of a Helm release: use a DNS label (a-z, 0-9 and inner '-').",
      );
    } else if (name.length === LONGEST_RELEASE) {
      report.warning(
        path,
        `is a name of ${LONGEST_RELEASE} characters: Kubernetes may refuse pods of a StatefulSet with this name; use 52 or fewer.`,
      );
    }
    if (name === CLUSTER_RELEASE) {
      report.problem(path, "is the release of the cluster itself: choose another name.");
    } else if (clusterName !== undefined && OF_THE_CLUSTER.includes(name)) {
      report.problem(path, "is the name of a part of the cluster's release: choose another.");
    }
  }
}

function remoteAgentNames({ remoteAgents }: Mapping, report: Report): void {
  for (const name of Object.keys(mapping(remoteAgents))) {
    if (/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) && name.length <= 253) continue;
    report.problem(
      ["remoteAgents", name],
      "is not a valid name of a Kubernetes object: use at most 253 of a-z, 0-9 and inner '-' and '.'.",
    );
  }
}

function catalogueNames({ apps }: Mapping, report: Report): void {
  for (const name of Object.keys(mapping(mapping(apps)["entries"]))) {
    if (DNS_LABEL.test(name) && name.length <= LONGEST_LABEL) continue;
    report.problem(
      ["apps", "entries", name],
      "is not a valid name of an app: use a DNS label (a-z, 0-9 and inner '-', at most 63).",
    );
  }
}

function declaredNames({ resources }: Mapping, report: Report): void {
  for (const { at, message } of resourceNames(mapping(resources), {
    edition: "community",
    clusterName: "",
    proxies: [],
    ownRoles: [],
  })) {
    const path: Path = ["resources", ...at];
    report.problem(path, message);
  }
}

/** What is wrong with the names in settings, as they were read. */
export function checkNames(raw: Mapping, report: Report): void {
  for (const check of [releaseNames, remoteAgentNames, catalogueNames, declaredNames]) {
    check(raw, report);
  }
}
