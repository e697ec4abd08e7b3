import Ajv, { type ValidateFunction } from "ajv";
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { CHART_VERSION } from "../../../teleport/versions";
import { SEED } from "./draw";
import { accepted, planned } from "./draw-plans";
import { goodSettings } from "./fixture";

/**
 * Plans of valid settings: chart values and custom resources match the schemas of the vendor's charts and CRDs (in
 * ../shared/teleport).
 */
const CASES = Math.max(4, Math.ceil(Number(process.env["ACCESS_PLANE_CASES"] ?? 500) / 200));
const SHARED = path.resolve("../shared/teleport");

// All errors, because required values come from the chart's own values and are left out below.
const ajv = new Ajv({ strict: false, logger: false, validateFormats: false, allErrors: true });

/** Values of charts that are not in their schemas. */
const UNDESCRIBED = new Set(["enterprise", "joinTokenSecret", "storage", "teleportClusterName"]);

/**
 * A CRD's schema in which objects with known keys have no others, because the API server drops those without an
 * error.
 */
const closed = (schema: object): object =>
  JSON.parse(JSON.stringify(schema), (_key, value: unknown) => {
    if (typeof value !== "object" || value === null) return value;
    const one = value as { type?: string; properties?: object; additionalProperties?: unknown };
    const isClosed =
      one.type === "object" &&
      one.properties !== undefined &&
      Object.keys(one.properties).length > 0 &&
      one.additionalProperties === undefined &&
      !("x-kubernetes-preserve-unknown-fields" in one);
    return isClosed ? { ...one, additionalProperties: false } : value;
  }) as object;

/**
 * Validators of chart values, by chart. They refuse unknown keys. Below the first level, charts describe few keys.
 */
const chartValidators = (): Map<string, ValidateFunction> =>
  new Map(
    ["teleport-cluster", "teleport-kube-agent"].map((chart) => {
      const file = path.join(SHARED, `${chart}-${CHART_VERSION}.values.schema.json`);
      // The `$id`s come from a generator, and one of them occurs twice.
      const schema = JSON.parse(fs.readFileSync(file, "utf8"), (key, value: unknown) =>
        ["$id", "$schema"].includes(key) && typeof value === "string" ? undefined : value,
      ) as { properties: object };
      // A value that the agent's chart reads but its schema does not have.
      const properties = { nodeSelector: { type: "object" }, ...schema.properties };
      return [chart, ajv.compile({ ...schema, properties, additionalProperties: false })];
    }),
  );

interface Crd {
  spec: {
    names: { kind: string };
    versions: { schema: { openAPIV3Schema: { properties: { spec: object } } } }[];
  };
}

/** Validators of specs, by kind. */
function specValidators(): Map<string, ValidateFunction> {
  const folder = path.join(SHARED, "crds");
  return new Map(
    fs.readdirSync(folder).flatMap((file) => {
      const { spec } = parse(fs.readFileSync(path.join(folder, file), "utf8")) as Crd;
      const newest = spec.versions.at(-1)?.schema.openAPIV3Schema.properties.spec;
      return newest === undefined ? [] : [[spec.names.kind, ajv.compile(closed(newest))] as const];
    }),
  );
}

/** Errors of a value by a schema. Helm merges chart values with the chart's own, so none of those is missing. */
function errorsOf(validate: ValidateFunction, value: unknown, of: "values" | "spec"): string[] {
  validate(value);
  return (validate.errors ?? [])
    .filter(({ keyword, params, instancePath }) => {
      if (keyword === "required") return of === "spec";
      const { additionalProperty } = params as { additionalProperty?: string };
      return instancePath !== "" || !UNDESCRIBED.has(additionalProperty ?? "");
    })
    .map(({ instancePath, message = "", params }) => {
      const { additionalProperty = "" } = params as { additionalProperty?: string };
      return `${instancePath}/${additionalProperty} ${message}`;
    });
}

/** Faults in chart values and specs. A schema has to find each of them. */
const PLANTED: [chart: string, values: object][] = [
  ["teleport-cluster", { clusterName: "x", highAvailability: { replicaCount: "two" } }],
  ["teleport-cluster", { highAvailabilty: { replicaCount: 2 } }],
  ["teleport-cluster", { authentication: 5 }],
  ["teleport-kube-agent", { roles: ["app"] }],
  ["teleport-kube-agent", { log: { level: "LOUD" } }],
  ["teleport-kube-agent", { joinParm: {} }],
];

describe(`plans of settings drawn from the schema (${CASES} cases)`, function () {
  this.timeout(CASES * 60_000);
  before(function () {
    if (!fs.existsSync(SHARED)) this.skip();
  });

  it("are checked with schemas that find errors", () => {
    const charts = chartValidators();
    for (const [chart, values] of PLANTED) {
      const validate = charts.get(chart);
      assert.ok(validate !== undefined);
      assert.equal(errorsOf(validate, values, "values").length, 1, JSON.stringify(values));
    }
    const app = specValidators().get("TeleportAppV3");
    assert.ok(app !== undefined);
    assert.equal(errorsOf(app, { uri: 5 }, "spec").length, 1);
    assert.equal(errorsOf(app, { uir: "http://x" }, "spec").length, 1);
  });

  it("match the schemas of charts and custom resources", async () => {
    const charts = chartValidators();
    const specs = specValidators();
    const seen = { releases: 0, resources: 0, changed: new Set<string>() };
    for (let i = 0; i < CASES; i++) {
      const { settings, changed } = accepted(SEED + i, goodSettings());
      changed.forEach((one) => seen.changed.add(one));
      for (const { name, type, inputs } of await planned(settings)) {
        const about = `case ${i}, ${type} ${name} (${changed.join(", ")})`;
        if (type === "kubernetes:helm.sh/v3:Release") {
          const validate = charts.get(String(inputs["chart"]).split("/").at(-1) ?? "");
          if (validate === undefined) continue;
          assert.deepEqual(errorsOf(validate, inputs["values"], "values"), [], about);
          seen.releases++;
        }
        const kind = type.startsWith("kubernetes:resources.teleport.dev/")
          ? type.split(":").at(-1)
          : "";
        const validate = specs.get(kind ?? "");
        // A resource that waits for an object's conditions has no spec.
        if (validate === undefined || inputs["spec"] === undefined) continue;
        assert.deepEqual(errorsOf(validate, inputs["spec"], "spec"), [], about);
        seen.resources++;
      }
    }
    assert.ok(seen.releases >= CASES && seen.resources >= CASES, JSON.stringify(seen));
    assert.ok(seen.changed.size >= 10, [...seen.changed].join(", "));
  });
});
