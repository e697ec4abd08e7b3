import { z } from "zod";
import { dnsName, hostPort } from "./fields";

export const plane = z
  .strictObject({
    stack: z
      .string()
      .regex(
        /^[\w.-]+(\/[\w.-]+){0,2}$/,
        "must be a stack as Pulumi names it, such as organization/access-plane/prod",
      )
      .optional()
      .describe(
        "Stack of the plane, whose outputs are read: ORGANIZATION/PROJECT/STACK. Default: none, which requires `clusterName`.",
      ),
    clusterName: dnsName
      .optional()
      .describe("Teleport cluster name of the plane. Default: output `clusterName` of `stack`."),
    edition: z
      .enum(["community", "enterprise"])
      .default("community")
      .describe("Edition of the plane, whose image agents run."),
    proxyAddress: hostPort
      .optional()
      .describe("HOST:PORT where agents join. Default: <clusterName>:443."),
  })
  .describe("The access plane (another stack) to which this stack belongs.");
