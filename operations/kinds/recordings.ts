import { get, getText, list } from "../../teleport/values";
import { fact, gone, type Level, type Loss, type ResourceKind } from "./resource-kind";

const lost = (level: Level, text: string): Loss => ({ level, text, allow: "recordings" });

/** Bucket of session recordings, and the role of the auth pods. */
export const RECORDINGS: readonly ResourceKind[] = [
  {
    type: /^aws:s3\/bucket:Bucket$/,
    facts: (inputs) => [`bucket ${fact(inputs, "bucket")}`],
    fixed: ["bucket"],
    lost: {
      ...lost(
        "outage",
        "no session can be recorded; the bucket stays in AWS, but Teleport does not find what is in it",
      ),
      back: gone("it stays in AWS, but Teleport does not find what is in it"),
    },
    findInAws: (inputs, aws) => aws.bucket(inputs),
  },
  {
    type: /^aws:s3\/bucketVersioning:BucketVersioning$/,
    facts: (inputs) => [`versions ${fact(inputs, "versioningConfiguration", "status")}`],
    lost: lost("notice", "nothing makes the bucket keep versions any more"),
  },
  {
    type: /^aws:s3\/bucketServerSideEncryptionConfiguration:/,
    facts: (inputs) =>
      list(get(inputs, "rules")).map((rule) =>
        getText(rule, "applyServerSideEncryptionByDefault", "sseAlgorithm"),
      ),
  },
  {
    type: /^aws:s3\/bucketPublicAccessBlock:/,
    lost: lost("notice", "nothing keeps the bucket from becoming public any more"),
  },
  {
    type: /^aws:s3\/bucketPolicy:/,
    lost: lost("notice", "nothing makes the bucket refuse requests without TLS any more"),
  },
  {
    type: /^aws:s3\/bucketLifecycleConfiguration:/,
    facts: (inputs) =>
      list(get(inputs, "rules"))
        .map((rule) => get(rule, "expiration", "days"))
        .filter((days) => typeof days === "number")
        .map((days) => `S3 deletes recordings after ${days} days`),
  },
  {
    type: /^aws:(iam\/role:Role|iam\/rolePolicy:RolePolicy|eks\/podIdentityAssociation:PodIdentityAssociation)$/,
    lost: lost("outage", "the auth pods cannot write recordings"),
  },
];
