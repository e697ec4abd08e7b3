import { z } from "zod";
import { dnsName } from "./fields";

const HOST = "(?:[a-zA-Z0-9.-]+(?::\\d+)?\\/)?";
const PATH = "[a-z0-9._-]+(?:\\/[a-z0-9._-]+)*";
const DIGEST = "@sha256:[0-9a-f]{64}";

const repository = (about: string) =>
  z
    .string()
    .regex(
      new RegExp(`^${HOST}${PATH}$`),
      "must be a repository without tag or digest: the chart adds the version as the tag",
    )
    .optional()
    .describe(about);

const reference = (about: string) =>
  z
    .string()
    .regex(
      new RegExp(`^${HOST}${PATH}(:[\\w.-]+)?(${DIGEST})?$`),
      "must be an image such as registry.example.com/caddy:2.11.9@sha256:…",
    )
    .optional()
    .describe(about);

export const images = z
  .strictObject({
    registry: z
      .string()
      .regex(
        new RegExp(`^[a-zA-Z0-9.-]+(:\\d+)?(\\/${PATH})?$`),
        "must be a registry, HOST[:PORT][/PATH]",
      )
      .optional()
      .describe(
        "Registry that mirrors all images under the paths they have, such as gravitational/teleport-distroless and library/caddy. Default: each image's own.",
      ),
    teleport: repository(
      "Repository of Teleport's image. Default: teleport-distroless, or teleport-ent-distroless with the enterprise edition.",
    ),
    operator: repository("Repository of the Teleport operator. Default: teleport-operator."),
    eventHandler: repository(
      "Repository of the event handler. Default: teleport-plugin-event-handler.",
    ),
    tbot: repository("Repository of the event handler's bot. Default: tbot-distroless."),
    headerProxy: reference(
      "Image with Caddy 2.11 or later and a POSIX shell, for `secretHeaders: sidecar`. Default: caddy:2.11.9.",
    ),
    render: reference(
      "Image with a POSIX shell, od and awk, for `secretHeaders: rendered`. Default: busybox:1.37.0.",
    ),
    pullPolicy: z
      .enum(["IfNotPresent", "Always", "Never"])
      .default("IfNotPresent")
      .describe("When images are pulled."),
    pullSecrets: z
      .array(dnsName)
      .prefault([])
      .describe("Secrets with registry credentials, in the namespace of the pods. Default: none."),
  })
  .prefault({})
  .describe("Container images, for private registries and air-gapped clusters.");
