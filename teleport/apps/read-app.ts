import { list, mapping, text, type Mapping } from "../values";
import type { CheckedApp, Names } from "./faults";

/** Settings of an app whose name differs in a TeleportAppV3. */
const FIELDS: Record<string, string> = {
  publicAddress: "public_addr",
  useAnyProxyPublicAddress: "use_any_proxy_public_addr",
  requiredApps: "required_app_names",
  maxAgeSeconds: "max_age",
};

/** The field of a TeleportAppV3 for a setting. */
export const fieldOf: Names = (setting) =>
  FIELDS[setting] ?? setting.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const texts = (value: unknown): string[] => list(value).map(text);
const whole = (value: unknown): number => (typeof value === "number" ? value : 0);
const optional = (value: unknown): string | undefined => text(value) || undefined;

/** Reads a declared TeleportAppV3 as an app. Missing fields are empty. */
export function readApp(name: string, entry: Readonly<Mapping>): CheckedApp {
  const spec = mapping(entry["spec"]);
  const { cors, mcp, cloud } = spec;
  const labels = Object.entries(mapping(entry["labels"])).map(([key, value]) => [key, text(value)]);
  const rewrite = mapping(spec["rewrite"]);
  return {
    name,
    uri: optional(spec["uri"]),
    publicAddress: optional(spec["public_addr"]),
    useAnyProxyPublicAddress: spec["use_any_proxy_public_addr"] === true,
    description: optional(entry["description"]),
    labels: Object.fromEntries(labels) as Record<string, string>,
    insecureSkipVerify: spec["insecure_skip_verify"] === true,
    rewrite: {
      headers: list(rewrite["headers"]).map((header) => ({
        name: text(mapping(header)["name"]),
        value: text(mapping(header)["value"]),
      })),
      redirect: texts(rewrite["redirect"]),
    },
    cors: cors === undefined ? undefined : readCors(mapping(cors)),
    tcpPorts: list(spec["tcp_ports"]).map((range) => ({
      port: whole(mapping(range)["port"]),
      // Zero means one port.
      endPort: whole(mapping(range)["end_port"]) || undefined,
    })),
    cloud: optional(cloud) as CheckedApp["cloud"],
    awsExternalId: optional(mapping(spec["aws"])["external_id"]),
    requiredApps: texts(spec["required_app_names"]),
    commands: [],
    mcp: mcp === undefined ? undefined : readMcp(mapping(mcp)),
  };
}

const readCors = (cors: Mapping) => ({
  allowedOrigins: texts(cors["allowed_origins"]),
  allowedMethods: texts(cors["allowed_methods"]),
  allowedHeaders: texts(cors["allowed_headers"]),
  exposedHeaders: texts(cors["exposed_headers"]),
  allowCredentials: cors["allow_credentials"] === true,
  maxAgeSeconds: typeof cors["max_age"] === "number" ? cors["max_age"] : undefined,
});

const readMcp = (mcp: Mapping) => ({
  command: text(mcp["command"]),
  args: texts(mcp["args"]),
  runAsHostUser: text(mcp["run_as_host_user"]),
});

/** The path of a setting in a declared TeleportAppV3, from its entry down. */
export function placeOf(at: readonly (string | number)[]): (string | number)[] {
  const [first] = at;
  if (first === "labels" || first === "description") return [...at];
  if (first === "awsExternalId") return ["spec", "aws", "external_id"];
  return ["spec", ...at.map((part) => (typeof part === "string" ? fieldOf(part) : part))];
}
