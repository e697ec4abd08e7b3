import { z } from "zod";
import { DIGEST } from "../../teleport/charts";
import { PINNED_IMAGES } from "../../teleport/images";
import { dnsName, IMAGE_REGISTRY, IMAGE_REPOSITORY, imageReference } from "./fields";

const repository = (about: string) =>
  z
    .string()
    .regex(
      new RegExp(`^${IMAGE_REPOSITORY}$`),
      "must be a repository without tag or digest: the chart adds the version as the tag",
    )
    .optional()
    .describe(about);

const reference = (about: string) => imageReference.optional().describe(about);

export const images = z
  .strictObject({
    registry: z
      .string()
      .regex(new RegExp(`^${IMAGE_REGISTRY}$`), "must be a registry, HOST[:PORT][/PATH]")
      .optional()
      .describe(
        "Registry that mirrors all images under their own paths, such as gravitational/teleport-distroless and library/caddy. Default: each image's own.",
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
    digests: z
      .partialRecord(
        z.enum(PINNED_IMAGES),
        z.string().regex(DIGEST, "must be a digest: sha256: and 64 hexadecimal digits"),
      )
      .optional()
      .describe(
        "Digests of images, as their registry shows them for the version's tag. The event handler's chart takes its " +
          "digest. The others name images by tag only, so `access-plane verify` of the plane compares what nodes have " +
          "pulled, of event handler and bot too. Default: not compared.",
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
