import { get, getText, list } from "../../teleport/values";
import { costWhenLost, fact, whenLost, type ResourceKind } from "./resource-kind";

const kept = (loss: string) => ({ name: "recordings", loss });
const KEPT = {
  versions: "a recording can be overwritten for good",
  closed: "the bucket may become public",
  tls: "the bucket may be used without TLS",
};

/** Bucket of session recordings, and the role of the auth pods. */
export const RECORDINGS: readonly ResourceKind[] = [
  {
    type: /^aws:s3\/bucket:Bucket$/,
    facts: (inputs) => [`bucket ${fact(inputs, "bucket")}`],
    fixed: ["bucket"],
    effects: whenLost("outage", "no session can be recorded"),
    returns: costWhenLost("loses something", "the recordings in it are gone"),
    protection: kept("recordings are deleted, and no session can be recorded"),
  },
  {
    type: /^aws:s3\/bucketVersioning:BucketVersioning$/,
    facts: (inputs) => [`versions ${fact(inputs, "versioningConfiguration", "status")}`],
    effects: whenLost("notice", KEPT.versions),
    protection: kept(KEPT.versions),
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
    effects: whenLost("notice", KEPT.closed),
    protection: kept(KEPT.closed),
  },
  {
    type: /^aws:s3\/bucketPolicy:/,
    effects: whenLost("notice", KEPT.tls),
    protection: kept(KEPT.tls),
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
    effects: whenLost("outage", "the auth pods cannot write recordings"),
    protection: kept("the auth pods cannot write recordings"),
  },
];
