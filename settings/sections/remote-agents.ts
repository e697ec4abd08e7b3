import { z } from "zod";
import { join } from "./agent-join";
import { dnsLabel } from "./fields";

/** Agents of other stacks: the plane's side of their joining. */
export const remoteAgents = z
  .record(
    z.string(),
    z
      .strictObject({
        namespace: dnsLabel.default("teleport").describe("Namespace of its pods, in its cluster."),
        release: dnsLabel
          .default("teleport-agent")
          .describe("Its Helm release, after which its service account is named."),
        services: z
          .array(z.enum(["app", "kube", "db", "discovery"]))
          .min(1)
          .default(["app", "kube"])
          .describe("What it may serve."),
        join,
      })
      .describe("One agent of another stack."),
  )
  .prefault({})
  .describe(
    "Agents that stacks of kind `agent` deploy into other clusters, by the name of their token. Default: none.",
  );
