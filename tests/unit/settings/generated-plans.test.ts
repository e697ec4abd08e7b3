import Ajv, { type ValidateFunction } from "ajv";
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { planStack, type PlannedResource } from "../../../operations/plan/plan-stack";
import { kindJsonSchema, type JsonSchema } from "../../../settings/json-schema";
import { parseSettings } from "../../../settings/load";
import { CHART_VERSION } from "../../../teleport/versions";
import { Drawer, SEED } from "./draw";
import { goodSettings, type Sections } from "./fixture";

/**
 * Settings that are accepted, and what a plan makes of them: chart values and custom resources fit the schemas of the
 * vendor's charts and CRDs (in ../shared/teleport).
 */
const CASES = Math.max(4, Math.ceil(Number(process.env["ACCESS_PLANE_CASES"] ?? 500) / 200));
const SHARED = path.resolve("../shared/teleport");
/** Settings that are tried to be changed in each case. */
const TRIES = 40;

const ajv = new Ajv({ strict: false, logger: false, validateFormats: false });

/** Validators of chart values, by chart. */
function chartValidators(): Map<string, ValidateFunction> {
  return new Map(
    ["teleport-cluster", "teleport-kube-agent"].map((chart) => {
      const file = path.join(SHARED, `${chart}-${CHART_VERSION}.values.schema.json`);
      // Its `$id`s are those of a generator, one of them twice.
      const schema = JSON.parse(fs.readFileSync(file, "utf8"), (key, value: unknown) =>
        ["$id", "$schema"].includes(key) && typeof value === "string" ? undefined : value,
      ) as object;
      return [chart, ajv.compile(schema)];
    }),
  );
}

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
      return newest === undefined ? [] : [[spec.names.kind, ajv.compile(newest)] as const];
    }),
  );
}

/** The reference settings with as many drawn values in them as are accepted together. */
function accepted(seed: number): { settings: Sections; changed: string[] } {
  const schema = kindJsonSchema("plane");
  const drawer = new Drawer(schema, seed);
  let settings = goodSettings();
  const changed: string[] = [];
  const resolved = (one: JsonSchema = {}): JsonSchema =>
    schema.$defs?.[one.$ref?.split("/").at(-1) ?? ""] ?? one;
  for (let i = 0; i < TRIES; i++) {
    const names = Object.keys(schema.properties ?? {}).filter((name) => name !== "kind");
    const section = names[(seed * 31 + i * 7) % names.length] ?? "";
    const inner = resolved(schema.properties?.[section]).properties;
    const next = structuredClone(settings);
    const keys = Object.keys(inner ?? {});
    const key = keys[(seed + i) % Math.max(1, keys.length)];
    if (inner === undefined || key === undefined) {
      if (section === "agents" || section === "clusterName") {
        const values = resolved(schema.properties?.["agents"]).additionalProperties;
        const properties = resolved(values as JsonSchema).properties ?? {};
        const field =
          Object.keys(properties)[(seed + i * 3) % Object.keys(properties).length] ?? "";
        next["agents"]["teleport-agent"][field] = drawer.draw(properties[field] ?? {}, 1);
        changed.push(`agents.${field}`);
      } else next[section] = drawer.draw(schema.properties?.[section] ?? {}, 1);
    } else next[section] = { ...next[section], [key]: drawer.draw(inner[key] ?? {}, 1) };
    if (parseSettings(structuredClone(next)).settings === undefined) continue;
    changed.push(key === undefined ? section : `${section}.${key}`);
    settings = next;
  }
  return { settings, changed };
}

async function planned(settings: Sections): Promise<PlannedResource[]> {
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), "generated-"));
  try {
    const config = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`access-plane:${key}`, value as unknown]),
    );
    fs.writeFileSync(path.join(cwd, "Pulumi.prod.yaml"), stringify({ config }));
    fs.writeFileSync(path.join(cwd, "Pulumi.yaml"), "name: access-plane\nruntime: nodejs\n");
    const program = JSON.stringify(path.resolve("index"));
    fs.writeFileSync(path.join(cwd, "index.ts"), `module.exports = require(${program});`);
    return await planStack("prod", { cwd });
  } finally {
    fs.rmSync(cwd, { recursive: true });
  }
}

const errorsOf = (validate: ValidateFunction, value: unknown, required = true): string[] => {
  validate(value);
  return (validate.errors ?? [])
    .filter(({ keyword }) => required || keyword !== "required")
    .map(({ instancePath, message = "" }) => `${instancePath} ${message}`);
};

describe(`plans of settings drawn from the schema (${CASES} cases)`, function () {
  this.timeout(CASES * 60_000);
  before(function () {
    if (!fs.existsSync(SHARED)) this.skip();
  });

  it("fit the schemas of charts and custom resources", async () => {
    const charts = chartValidators();
    const specs = specValidators();
    // The schemas do find faults.
    const app = specs.get("TeleportAppV3");
    assert.ok(app !== undefined && errorsOf(app, { uri: 5 }).length > 0);
    const seen = { releases: 0, resources: 0, changed: new Set<string>() };
    for (let i = 0; i < CASES; i++) {
      const { settings, changed } = accepted(SEED + i);
      changed.forEach((one) => seen.changed.add(one));
      for (const { name, type, inputs } of await planned(settings)) {
        const about = `case ${i}, ${type} ${name} (${changed.join(", ")})`;
        if (type === "kubernetes:helm.sh/v3:Release") {
          const validate = charts.get(String(inputs["chart"]).split("/").at(-1) ?? "");
          if (validate === undefined) continue;
          // Defaults of the chart are merged by Helm before it looks.
          const values = {
            roles: "",
            proxyAddr: "",
            clusterName: "",
            ...(inputs["values"] as object),
          };
          assert.deepEqual(errorsOf(validate, values, false), [], about);
          seen.releases++;
        }
        const kind = type.startsWith("kubernetes:resources.teleport.dev/")
          ? type.split(":").at(-1)
          : "";
        const validate = specs.get(kind ?? "");
        // What waits for an object's conditions has no spec.
        if (validate === undefined || inputs["spec"] === undefined) continue;
        assert.deepEqual(errorsOf(validate, inputs["spec"]), [], about);
        seen.resources++;
      }
    }
    assert.ok(seen.releases >= CASES && seen.resources >= CASES, JSON.stringify(seen));
    assert.ok(seen.changed.size >= 10, [...seen.changed].join(", "));
  });
});
