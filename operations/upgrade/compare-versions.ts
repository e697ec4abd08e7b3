import * as semver from "semver";
import type { ChartFiles } from "./chart-files";
import type { UpgradeFinding } from "./finding";

/** Effect of the version step, independent of the settings. */
export function compareVersions(from: ChartFiles, to: ChartFiles): UpgradeFinding[] {
  const chart = to.name;
  const step = semver.major(to.version) - semver.major(from.version);
  const findings: UpgradeFinding[] = [];
  if (semver.lt(to.version, from.version)) {
    findings.push({
      ...{
        level: step < 0 ? "breaks" : "changes",
        chart,
        text: `${to.version} is older than ${from.version}`,
      },
      remedy:
        step < 0
          ? "Teleport refuses to start on the database of a newer major version: the way back is the restore (docs/disaster.md)"
          : "read the release notes of what you leave",
    });
  } else if (step > 1) {
    findings.push({
      ...{ level: "breaks", chart, text: `${step} major versions at once` },
      remedy: `upgrade to ${semver.major(from.version) + 1} first, then one major after the other`,
    });
  } else if (step === 1) {
    const major = `major version ${semver.major(to.version)}`;
    findings.push(
      chart === "teleport-cluster"
        ? {
            ...{ level: "changes", chart, text: `${major}: the database migrates, one way` },
            remedy:
              "read https://goteleport.com/docs/changelog/ for its breaking changes; back up, then go as " +
              "docs/operations.md says: auth, proxies, agents",
          }
        : { level: "changes", chart, text: `${major}: only after auth and proxies run it` },
    );
  }
  if (to.kubeVersion !== from.kubeVersion && to.kubeVersion !== "") {
    findings.push({ level: "changes", chart, text: `wants Kubernetes ${to.kubeVersion}` });
  }
  return findings;
}
