import { z } from "zod";
import { AWS_TYPES } from "../../teleport/aws-discovery";
import { awsRegion, dnsName, matcher, nonEmpty, roleArn } from "./fields";

/** Discovery in AWS. Source: `discovery_service.aws` of Teleport's configuration reference. */
export const awsDiscovery = z
  .array(
    z.strictObject({
      types: z.array(z.enum(AWS_TYPES)).min(1).describe("What to look for."),
      regions: z.array(awsRegion).min(1).describe("Where to look."),
      tags: matcher
        .prefault({ "*": "*" })
        .describe("Tags of the resources; several values are alternatives."),
      assumeRoleArn: roleArn
        .optional()
        .describe(
          "Role to assume for the search, such as one of another account. Default: the pods' role.",
        ),
      externalId: nonEmpty.optional().describe("External id for that role. Default: none."),
      joinToken: dnsName
        .optional()
        .describe("ec2 only: provision token with which Teleport on discovered instances joins."),
      documentName: z
        .string()
        .min(3)
        .default("TeleportDiscoveryInstaller")
        .describe("ec2 only: document of Systems Manager that installs Teleport there."),
      setupAccessForArn: roleArn
        .optional()
        .describe(
          "eks only: role for which access entries are made in found clusters. Default: none.",
        ),
    }),
  )
  .prefault([])
  .describe(
    "Find instances, clusters and databases in AWS. Clusters are served by `kubernetes.resources`, databases by " +
      "`databaseResources`. Default: none.",
  );
