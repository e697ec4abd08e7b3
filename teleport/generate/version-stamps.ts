import * as fs from "node:fs";
import * as path from "node:path";
import { CHART_VERSION } from "../versions";

const CHARTS = "sandbox/charts";

/** Files that repeat the charts' version, relative to the root. */
export const STAMPED = [
  `${CHARTS}/teleport-cluster/Chart.yaml`,
  `${CHARTS}/teleport-kube-agent/Chart.yaml`,
  `${CHARTS}/teleport-plugin-event-handler/Chart.yaml`,
  `${CHARTS}/README.md`,
  "sandbox/README.md",
  "docs/adoption.md",
  "docs/operations.md",
  "docs/plane.svg",
  "docs/verify.md",
];

/** Writes the charts' version into the files that repeat it. */
export function stampVersion(root: string): void {
  const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8");
  const before = /^version: (.+)$/m.exec(read(`${CHARTS}/teleport-cluster/Chart.yaml`))?.[1];
  if (before === undefined || before === CHART_VERSION) return;
  for (const file of STAMPED) {
    fs.writeFileSync(path.join(root, file), read(file).replaceAll(before, CHART_VERSION));
  }
}
