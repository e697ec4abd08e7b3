import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { create } from "tar";
import type { PlannedResource } from "../../../../operations/plan/plan-stack";
import { readChartArchive, readChartFolder } from "../../../../operations/upgrade/chart-files";
import { chartReader } from "../../../../operations/upgrade/find-charts";
import { upgradeCheck } from "../../../../operations/upgrade/upgrade-check";
import { definition, writeChart, type Parts } from "./charts";

const CHART = "teleport-cluster";

/** The stack sets `proxyProtocol` and `auth.logs`, and declares a role with the field `options`. */
const PLAN = [
  {
    type: "kubernetes:helm.sh/v3:Release",
    inputs: {
      ...{ name: "teleport", chart: `./charts/${CHART}` },
      values: { proxyProtocol: "off", auth: { logs: "json" }, labels: { team: "x" } },
    },
  },
  {
    type: "kubernetes:resources.teleport.dev/v1:TeleportRoleV7",
    inputs: {
      ...{ apiVersion: "resources.teleport.dev/v1", kind: "TeleportRoleV7" },
      ...{ metadata: { name: "auditor" }, spec: { options: "x", untyped: { any: 1 } } },
    },
  },
] as unknown as PlannedResource[];

const OLD: Parts = {
  version: "16.3.0",
  values: {
    ...{ proxyProtocol: "", replicas: 1, image: "example.com/teleport", labels: {} },
    auth: { logs: "text", level: "info" },
  },
  schema: {
    $schema: "http://json-schema.org/draft-07/schema",
    properties: { proxyProtocol: { $id: "#/x", type: "string" }, auth: { type: "object" } },
  },
  definitions: [definition("TeleportRoleV7", ["options", "untyped"]), definition("Gone", [])],
};

describe("upgrade-check", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "charts-"));
    writeChart(path.join(folder, "old"), CHART, OLD);
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const check = async (change: Partial<Parts>) => {
    const next = { ...OLD, version: "16.4.0", ...change };
    writeChart(path.join(folder, "new"), CHART, next);
    const deployed = { path: "old", version: "16.3.0" };
    const read = chartReader(deployed, { version: next.version, source: "new", cwd: folder });
    const findings = await upgradeCheck(PLAN, read);
    return findings.map(({ level, text }) => `${level}: ${text}`);
  };
  const image = "note: image: example.com/teleport:16.3.0 → example.com/teleport:16.4.0";

  it("reports only the new images if nothing else changes", async () => {
    assert.deepEqual(await check({}), [image]);
  });

  it("reports removed values of this stack and changed defaults", async () => {
    const values = {
      ...{ replicas: 2, image: "example.com/teleport", labels: {}, extra: true },
      auth: { level: "info" },
    };
    assert.deepEqual(await check({ values, schema: { properties: {} } }), [
      "breaks: proxyProtocol is set here and no longer known",
      "breaks: auth.logs is set here and no longer known",
      "changes: replicas was 1 by default, is 2",
      "note: no longer values: proxyProtocol, auth.logs",
      "note: new values: extra",
      image,
    ]);
  });

  it("reports values of this stack that the new schema refuses", async () => {
    const schema = {
      properties: { proxyProtocol: { enum: ["on"] }, auth: { type: "object" } },
      required: ["license"],
    };
    assert.deepEqual(await check({ schema }), [
      "breaks: the chart's schema refuses the values: must have required property 'license'",
      "breaks: the chart's schema refuses proxyProtocol: must be equal to one of the allowed values",
      image,
    ]);
  });

  it("reports declared resources that lose a field, their version or their kind", async () => {
    const lost = await check({ definitions: [definition("TeleportRoleV7", ["untyped"])] });
    assert.deepEqual(lost.slice(0, 2), [
      "breaks: TeleportRoleV7 auditor: spec.options is gone",
      "note: kind Gone is gone",
    ]);
    const unserved = await check({ definitions: [definition("TeleportRoleV7", [], "v9")] });
    assert.match(unserved[0] ?? "", /auditor: resources\.teleport\.dev\/v1 is no longer served/);
    const [kind] = await check({ definitions: [] });
    assert.equal(kind, "breaks: kind TeleportRoleV7 is gone; auditor would be deleted with it");
  });

  it("explains a major version, two at once, and a downgrade", async () => {
    const first = async (change: Partial<Parts>) => (await check(change))[0] ?? "";
    assert.match(await first({ version: "17.0.0" }), /^changes: major version 17: .*one way/);
    assert.match(await first({ version: "18.0.0" }), /^breaks: 2 major versions at once/);
    assert.match(await first({ version: "15.9.0" }), /^breaks: 15\.9\.0 is older than 16\.3\.0/);
    assert.match(await first({ kubeVersion: ">=1.33.0" }), /^changes: wants Kubernetes >=1\.33\.0/);
  });

  it("refuses an invalid version, and a folder with another version", async () => {
    const deployed = { path: "old", version: "16.3.0" };
    assert.throws(() => chartReader(deployed, { version: "19", cwd: folder }), /not a version/);
    assert.throws(() => chartReader(deployed, { version: "16.4.0", cwd: folder }), /--charts/);
    const read = chartReader(deployed, { version: "16.4.0", source: "old", cwd: folder });
    await assert.rejects(read(CHART, "wanted"), /is version 16\.3\.0, not 16\.4\.0/);
  });

  it("reads an archive like the folder it was made from", async () => {
    const old = path.join(folder, "old");
    const chunks: Buffer[] = [];
    for await (const chunk of create({ gzip: true, cwd: old }, [CHART])) {
      chunks.push(Buffer.from(chunk as Uint8Array));
    }
    const packed = await readChartArchive(Buffer.concat(chunks), "archive");
    assert.deepEqual(packed, readChartFolder(path.join(old, CHART)));
    assert.equal(packed.definitions.length, 2);
    await assert.rejects(readChartArchive(Buffer.from("no archive"), "archive"), /.+/);
  });
});
