import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { chartArgs, chartHash } from "../../../components/support/chart-source";
import { CHART_VERSION } from "../../../teleport/versions";

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

  it("has a hash that any change of its files changes, at the same version", () => {
    const seen = [chartHash(folder)];
    write("templates/service.yaml", "kind: ServiceX\n");
    seen.push(chartHash(folder));
    write("templates/deep/more.yaml", "");
    seen.push(chartHash(folder));
    fs.renameSync(path.join(folder, "templates/deep"), path.join(folder, "templates/other"));
    seen.push(chartHash(folder));
    write(".helmignore", "other\n");
    seen.push(chartHash(folder));
    assert.equal(new Set(seen).size, seen.length);
  });

  it("has the same hash while nothing of the chart changes", () => {
    const before = chartHash(folder);
    write(".git/index", "x");
    write("templates/.service.yaml.swp", "x");
    fs.utimesSync(path.join(folder, "Chart.yaml"), 0, 0);
    assert.equal(chartHash(folder), before);
  });

  it("is part of the release, where there is one", () => {
    const source = { path: path.dirname(folder), version: CHART_VERSION };
    const { description } = chartArgs(path.basename(folder), source);
    assert.equal(description, `chart files ${chartHash(folder) ?? ""}`);
    assert.deepEqual(chartArgs("none", { path: "/nowhere", version: "1.0.0" }), {
      chart: "/nowhere/none",
      description: undefined,
    });
    assert.equal(chartArgs("teleport-cluster", { version: CHART_VERSION }).description, undefined);
  });

  it("is applied again when `reapply` is another text, wherever the chart comes from", () => {
    const description = (reapply?: string, path?: string) =>
      chartArgs("teleport-cluster", { version: CHART_VERSION, reapply, path }).description;
    assert.equal(description("1"), "applied again: 1");
    assert.notEqual(description("1"), description("2"));
    assert.notEqual(description("1", path.dirname(folder)), description("2", folder));
  });
});
