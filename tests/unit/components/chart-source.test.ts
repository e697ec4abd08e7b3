import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { releaseArgs, type ChartSource } from "../../../components/support/chart-source";
import { folderDigest } from "../../../inventory/chart-folder";
import { chartName } from "../../../teleport/charts";
import { CHART_VERSION } from "../../../teleport/versions";

const chartArgs = (chart: string, source: ChartSource) =>
  releaseArgs(chart, source, { timeoutSeconds: 60 });

describe("a chart in a folder", () => {
  let folder: string;
  const write = (file: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  };
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "chart-"));
    write("Chart.yaml", "version: 1.0.0\n");
    write("templates/service.yaml", "kind: Service\n");
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it("has a hash that changes with each of its files, at the same version", () => {
    const seen = [folderDigest(folder)];
    write("templates/service.yaml", "kind: ServiceX\n");
    seen.push(folderDigest(folder));
    write("templates/deep/more.yaml", "");
    seen.push(folderDigest(folder));
    fs.renameSync(path.join(folder, "templates/deep"), path.join(folder, "templates/other"));
    seen.push(folderDigest(folder));
    write(".helmignore", "other\n");
    seen.push(folderDigest(folder));
    assert.equal(new Set(seen).size, seen.length);
  });

  it("has the same hash if no file changes", () => {
    const before = folderDigest(folder);
    write(".git/index", "x");
    write("templates/.service.yaml.swp", "x");
    fs.utimesSync(path.join(folder, "Chart.yaml"), 0, 0);
    assert.equal(folderDigest(folder), before);
  });

  it("has its hash in the release", () => {
    const source = { path: path.dirname(folder), version: CHART_VERSION };
    const { description } = chartArgs(path.basename(folder), source);
    assert.equal(description, `chart files ${folderDigest(folder)?.slice(7, 23) ?? ""}`);
    assert.deepEqual(chartArgs("none", { path: "/nowhere", version: "1.0.0" }), {
      ...{ chart: "/nowhere/none", description: undefined },
      ...{ timeout: 60, atomic: true, cleanupOnFail: true, maxHistory: 10 },
    });
    assert.equal(chartArgs("teleport-cluster", { version: CHART_VERSION }).description, undefined);
  });

  it("is pulled from a registry by its digest if the settings have one", () => {
    const digests = { "teleport-cluster": `sha256:${"0".repeat(64)}` };
    const source = { oci: "oci://registry.test/charts/", version: CHART_VERSION, digests };
    const args = chartArgs("teleport-cluster", source);
    assert.equal(
      args.chart,
      `oci://registry.test/charts/teleport-cluster@sha256:${"0".repeat(64)}`,
    );
    assert.equal(chartName(args.chart), "teleport-cluster");
    assert.equal(
      chartArgs("teleport-kube-agent", source).chart,
      "oci://registry.test/charts/teleport-kube-agent",
    );
  });

  it("is applied again if `reapply` changes, from every source", () => {
    const description = (reapply?: string, path?: string) =>
      chartArgs("teleport-cluster", { version: CHART_VERSION, reapply, path }).description;
    assert.equal(description("1"), "applied again: 1");
    assert.notEqual(description("1"), description("2"));
    assert.notEqual(description("1", path.dirname(folder)), description("2", folder));
  });
});
