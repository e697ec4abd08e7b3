import { findsDatabases } from "../../teleport/aws-discovery";
import { ROLE_ARN } from "../../teleport/names";
import type { Path } from "../problem";
import { rule, type Rule } from "./rule";

/** Rules about agents in AWS: their role, and what they look for there. */

const roles = rule({
  needs: ["agents"],
  check({ agents }, report) {
    for (const [name, { awsRoleArn, join, serviceAccountAnnotations }] of Object.entries(agents)) {
      if (awsRoleArn === undefined) continue;
      const others: [unknown, Path][] = [
        [join.method === "iam" ? join.roleArn : undefined, ["agents", name, "join", "roleArn"]],
        [
          serviceAccountAnnotations[ROLE_ARN],
          ["agents", name, "serviceAccountAnnotations", ROLE_ARN],
        ],
      ];
      for (const [role, path] of others) {
        if (role === undefined || role === awsRoleArn) continue;
        report.problem(
          path,
          `is another role than awsRoleArn ("${awsRoleArn}"), and pods have one: keep one of them.`,
          [["agents", name, "awsRoleArn"]],
        );
      }
    }
  },
});

const matchers = rule({
  needs: ["agents"],
  check({ agents, resources }, report) {
    const all = Object.values(agents);
    const servesDatabases = all.some(({ databaseResources }) => databaseResources.length > 0);
    const servesClusters = all.some(
      ({ kubernetes }) => kubernetes !== undefined && kubernetes.resources.length > 0,
    );
    for (const [name, { discovery }] of Object.entries(agents)) {
      for (const [index, matcher] of (discovery?.aws ?? []).entries()) {
        const { types, joinToken, externalId, assumeRoleArn, setupAccessForArn } = matcher;
        const at = (key: string): Path => ["agents", name, "discovery", "aws", index, key];
        const token =
          joinToken === undefined ? undefined : resources?.provisionTokens[joinToken]?.spec;
        if (types.includes("ec2") && joinToken === undefined) {
          report.problem(
            at("joinToken"),
            "is missing: Teleport on found instances joins by a provision token of method iam; name one.",
            [at("types")],
          );
        }
        if (!types.includes("ec2") && joinToken !== undefined) {
          report.problem(at("joinToken"), "is for ec2 only: remove it, or look for ec2.", [
            at("types"),
          ]);
        }
        if (token !== undefined && token.join_method !== "iam") {
          report.problem(
            at("joinToken"),
            `is "${joinToken ?? ""}", whose method is ${token.join_method ?? "token"}: found instances join by iam.`,
            [["resources", "provisionTokens"]],
          );
        }
        if (!types.includes("eks") && setupAccessForArn !== undefined) {
          report.problem(at("setupAccessForArn"), "is for eks only: remove it, or look for eks.", [
            at("types"),
          ]);
        }
        if (externalId !== undefined && assumeRoleArn === undefined) {
          report.problem(at("externalId"), "is set without assumeRoleArn: set both, or neither.", [
            at("assumeRoleArn"),
          ]);
        }
        if (types.includes("eks") && !servesClusters) {
          report.warning(
            at("types"),
            "finds EKS clusters, and no agent here serves found ones: set kubernetes.resources of one.",
          );
        }
        if (findsDatabases(matcher) && !servesDatabases) {
          report.warning(
            at("types"),
            "finds databases, and no agent here serves found ones: set databaseResources of one.",
          );
        }
      }
    }
  },
});

export const awsDiscoveryRules: readonly Rule[] = [roles, matchers];
