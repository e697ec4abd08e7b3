import * as fs from "node:fs";
import * as path from "node:path";
import type { Shape } from "../resources/shape";

/** The part of JSON Schema that the charts' `values.schema.json` use. */
interface JsonSchema {
  type?: string;
  properties?: Record<string, JsonSchema | boolean>;
  items?: JsonSchema;
}

/** Directory of the charts' schemas. */
const PLACE = path.resolve(__dirname, "../../../shared/teleport");

/** Charts whose values a stack may set. */
const CHARTS = ["teleport-cluster", "teleport-kube-agent"] as const;

/** Values that are missing or wrong in the schemas. Source: the charts' value references. */
const LOG: Shape = { level: "string", output: "string", format: "string", extraFields: ["string"] };
const OPERATOR: Shape = {
  ...any(
    "annotations",
    "labels",
    "serviceAccount",
    "rbac",
    "resources",
    "nodeSelector",
    "affinity",
  ),
  ...any("highAvailability", "tls", "podSecurityContext", "securityContext"),
  ...Object.fromEntries(
    ["extraEnv", "extraArgs", "tolerations", "imagePullSecrets", "caPins"].map((key) => [
      key,
      ["any"] as [Shape],
    ]),
  ),
  ...Object.fromEntries(
    ["image", "imagePullPolicy", "priorityClassName", "nameOverride", "joinMethod", "token"].map(
      (key) => [key, "string" as const],
    ),
  ),
  enabled: "boolean",
  installCRDs: "string",
};
const CORRECTIONS: Record<(typeof CHARTS)[number], Record<string, Shape>> = {
  "teleport-cluster": {
    log: LOG,
    operator: OPERATOR,
    disableTopologySpreadConstraints: "boolean",
    topologySpreadConstraints: ["any"],
    ...any("extraLabels", "readinessProbe", "global", "ingress"),
  },
  "teleport-kube-agent": {
    log: LOG,
    enterprise: "boolean",
    clusterDomain: "string",
    ...any("storage", "adminClusterRoleBinding", "joinTokenSecret", "nodeSelector", "updater"),
  },
};

function any(...keys: string[]): Record<string, Shape> {
  return Object.fromEntries(keys.map((key) => [key, { "*": "any" }]));
}

function shapeOf(schema: JsonSchema): Shape {
  switch (schema.type) {
    case "string":
    case "boolean":
    case "integer":
    case "number":
      return schema.type;
    case "array":
      return [schema.items === undefined ? "any" : shapeOf(schema.items)];
    case "object": {
      const fields = Object.entries(schema.properties ?? {}).flatMap(([key, field]) =>
        typeof field === "boolean" ? [] : [[key, shapeOf(field)] as const],
      );
      return fields.length === 0 ? { "*": "any" } : Object.fromEntries(fields);
    }
    default:
      return "any";
  }
}

/** Shapes of the values of both charts, from a directory with `CHART-VERSION.values.schema.json`. */
export function valueShapes(directory = PLACE): Record<string, Shape> | undefined {
  if (!fs.existsSync(directory)) return undefined;
  const files = fs.readdirSync(directory);
  const shapes = CHARTS.map((chart) => {
    const file = files.find((name) => name.startsWith(`${chart}-`));
    if (file === undefined) throw new Error(`${directory}: has no schema of ${chart}`);
    const schema = JSON.parse(fs.readFileSync(path.join(directory, file), "utf8")) as JsonSchema;
    const root = { ...(shapeOf(schema) as Record<string, Shape>), ...CORRECTIONS[chart] };
    if (chart === "teleport-cluster") {
      // `auth` and `proxy` also take the values of the root, for their own pods.
      const { auth, proxy, operator, ...shared } = root;
      if (auth === undefined || proxy === undefined || operator === undefined) {
        throw new Error(`${chart}: has no auth, proxy or operator`);
      }
      const part: Shape = { ...shared, teleportConfig: { "*": "any" } };
      return [chart, { ...root, auth: part, proxy: part }] as const;
    }
    return [chart, root] as const;
  });
  return Object.fromEntries(shapes);
}
