import { z } from "zod";
import { commands, dnsLabel, dnsName, labels, nonEmpty, off, oneLine, port } from "./fields";

const headerName = nonEmpty.describe("Name of the request header.");

const header = z.union([
  z.strictObject({
    name: headerName,
    value: z
      .string()
      .describe("Plain value, not a secret. {{internal.…}} and {{external.…}} are expanded."),
  }),
  z.strictObject({
    name: headerName,
    secret: z
      .strictObject({
        key: nonEmpty.describe("One of the agent's `credentials.keys`."),
        prefix: z
          .string()
          .default("")
          .describe('Put before the secret, such as "Bearer ". Default: nothing.'),
      })
      .describe("Value from the agent's credentials."),
  }),
]);

const rewrite = z.strictObject({
  headers: z
    .array(header)
    .prefault([])
    .describe("Request headers set by the agent, each with `value` or `secret`. Default: none."),
  redirect: z
    .array(dnsName)
    .prefault([])
    .describe("Hosts whose redirects are rewritten to the public address. Default: none."),
  jwtClaims: z
    .enum(["roles-and-traits", "roles", "traits", "none"])
    .optional()
    .describe("Claims in the JWT sent to the app. Default: Teleport's, roles-and-traits."),
});

const texts = (about: string) => z.array(nonEmpty).prefault([]).describe(about);

const cors = z.strictObject({
  allowedOrigins: texts(
    "Origins that may call, such as https://portal.example.com. Default: none.",
  ),
  allowedMethods: texts("Methods they may use. Default: none."),
  allowedHeaders: texts("Request headers they may send. Default: none."),
  exposedHeaders: texts("Response headers their scripts may read. Default: none."),
  allowCredentials: off("Let them send cookies."),
  maxAgeSeconds: z
    .number()
    .int()
    .min(0)
    .max(86400)
    .optional()
    .describe("Seconds a browser may keep the answer. Default: the browser's own."),
});

/** Everything about an app but its name. */
const fields = {
  uri: z
    .string()
    .regex(
      /^([Hh][Tt][Tt][Pp][Ss]?|tcp|mcp\+(sse\+)?https?):\/\/[^\s/]+\S*$/,
      "must be an http://, https://, tcp://, mcp+http(s):// or mcp+sse+http(s):// address",
    )
    .max(2048, "must have at most 2048 characters")
    .optional()
    .describe(
      "Internal address, reachable from the agent's pods. Required without `cloud` and `mcp`.",
    ),
  publicAddress: dnsName
    .optional()
    .describe("Public host, one label below `clusterName`. Default: <name>.<clusterName>."),
  useAnyProxyPublicAddress: off(
    "Serve it below the public address of every proxy; excludes `publicAddress`.",
  ),
  description: oneLine.max(256).optional().describe("Shown to people. Default: none."),
  labels: labels.prefault({}).describe("Teleport labels that roles match. Default: none."),
  insecureSkipVerify: off("Do not verify the certificate of this https app."),
  rewrite: rewrite.prefault({}).describe("Changes to requests and redirects."),
  cors: cors.optional().describe("Cross-origin requests that are allowed. Default: none."),
  tcpPorts: z
    .array(
      z.strictObject({
        port: port.describe("The port, or the first of a range."),
        endPort: port.optional().describe("Last port of the range. Default: one port."),
      }),
    )
    .prefault([])
    .describe("Ports of a tcp:// app without a port in its `uri`. Default: the port of `uri`."),
  cloud: z
    .enum(["AWS", "Azure", "GCP"])
    .optional()
    .describe("Cloud whose console or API this app is. Default: none."),
  awsExternalId: nonEmpty
    .optional()
    .describe("External id for the AWS role that the agent assumes. Default: none."),
  commands: commands("Labels"),
  requiredApps: z
    .array(dnsLabel)
    .prefault([])
    .describe("Apps that a browser logs in to together with this one. Default: none."),
  mcp: z
    .strictObject({
      command: nonEmpty.describe("Program in the agent's image."),
      args: z.array(z.string()).prefault([]).describe("Its arguments. Default: none."),
      runAsHostUser: nonEmpty.describe("User in the agent's container."),
    })
    .optional()
    .describe("MCP server that the agent starts; excludes `uri`. Default: none."),
};

const name = dnsLabel.describe("Name in Teleport, unique.");
const registration = z.enum(["auto", "static", "dynamic"]);

/** An app written inside the settings of its agent. */
export const app = z.strictObject({
  name,
  ...fields,
  registration: registration
    .default("static")
    .describe(
      "`static`: part of the agent's configuration, so a change restarts it; `dynamic`: a " +
        "TeleportAppV3; `auto`: dynamic where possible.",
    ),
});

/** An app of the catalogue; its name is its key, or that of its file. */
const entry = z.strictObject({
  ...fields,
  agent: dnsLabel
    .optional()
    .describe("Release that serves it. Default: one of `agents`, chosen by a hash of the name."),
  registration: registration.optional().describe("Default: that of the catalogue."),
});

export const apps = z
  .strictObject({
    files: z
      .array(nonEmpty)
      .prefault([])
      .describe(
        "Files with one app each, in the stack file's folder: paths or globs such as apps/*.yaml. A file " +
          "is named after its app and holds the fields of `entries.<name>`. Default: none.",
      ),
    entries: z
      .record(z.string(), entry)
      .prefault({})
      .describe("Apps by name, in addition to those of `files`. Default: none."),
    registration: registration
      .default("auto")
      .describe("Registration of apps that do not set it; `auto`: dynamic where possible."),
    agents: z
      .array(dnsLabel)
      .min(1)
      .optional()
      .describe(
        "Releases that share the apps without `agent`. Default: all agents that serve apps.",
      ),
  })
  .prefault({})
  .describe("Catalogue of apps, shared by the agents.");
