import { ROLE_ARN } from "../../teleport/names";
import { s3Address } from "../../teleport/recordings";
import type { Path } from "../problem";
import { AWS_REGION } from "../sections/fields";
import { type Report, rule, type Rule } from "./rule";

/** Rules about session recordings. */

const at = (...rest: string[]): Path => ["teleport", "recordings", ...rest];
const ADDRESS: Path = ["teleport", "sessionRecordings"];

const place = rule({
  needs: ["teleport"],
  check({ teleport }, report) {
    if (teleport.auth.replicas > 1 && teleport.sessionRecordings === undefined) {
      report.problem(
        ADDRESS,
        `is missing: with ${teleport.auth.replicas} auth replicas recordings cannot stay on a pod's disk: ` +
          "set s3://BUCKET?region=REGION (or gs://, azblob://), or teleport.auth.replicas: 1.",
        [["teleport", "auth", "replicas"]],
      );
    }
    if (teleport.sessionRecording === "off") {
      report.warning(
        ["teleport", "sessionRecording"],
        'is "off": sessions leave no record of what was done.',
      );
    }
  },
});

/**
 * What no bucket of AWS has, made by the program or not. Old buckets in us-east-1 may have other characters and up
 * to 255 of them (docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html).
 */
const existing = rule({
  needs: ["teleport"],
  check({ teleport }, report) {
    const address = s3Address(teleport.sessionRecordings);
    if (address === undefined) return;
    const { bucket: name, region } = address;
    if (region !== undefined && !AWS_REGION.test(region)) {
      report.problem(
        ADDRESS,
        `names region "${region}", must be an AWS region such as eu-central-1.`,
      );
    }
    if (teleport.recordings.bucket === undefined && !/^[\w.-]{3,255}$/.test(name)) {
      report.problem(ADDRESS, `names bucket "${name}": S3 has no bucket of such a name.`);
    }
  },
});

/** The auth pods need exactly one identity in AWS. */
const identity = rule({
  needs: ["teleport"],
  check({ teleport }, report) {
    const { recordings, sessionRecordings, auth } = teleport;
    const annotated = auth.serviceAccountAnnotations[ROLE_ARN] !== undefined;
    const ways: [string, Path][] = [];
    if (recordings.roleArn !== undefined) ways.push(["roleArn", at("roleArn")]);
    if (recordings.podIdentity) ways.push(["podIdentity", at("podIdentity")]);
    if (recordings.bucket !== undefined) ways.push(["bucket", at("bucket")]);
    const [first, second] = ways;
    if (second !== undefined) {
      report.problem(
        second[1],
        `is set, and so is ${first?.[0] ?? ""}, but the auth pods have one role: keep one of them.`,
        ways.map(([, path]) => path),
      );
    }
    const annotation = ["teleport", "auth", "serviceAccountAnnotations", ROLE_ARN];
    if (annotated && first !== undefined) {
      report.problem(
        annotation,
        `is set, and so is teleport.recordings.${first[0]}, but the auth pods have one role: keep one of them.`,
        [first[1]],
      );
    }
    // Two auth pods without an address are a problem of their own.
    if (sessionRecordings === undefined && auth.replicas > 1) return;
    if (sessionRecordings?.startsWith("s3://") !== true) {
      if (first !== undefined) {
        report.problem(first[1], "has no effect: sessionRecordings is not an s3:// address.", [
          ADDRESS,
        ]);
      }
    } else if (first === undefined && !annotated && s3Address(sessionRecordings) !== undefined) {
      report.warning(
        at(),
        "names no role, so the auth pods use their nodes' role, as every pod there can: set roleArn (IRSA), " +
          "podIdentity, or bucket, which creates one.",
      );
    }
  },
});

/** Requirements for creating the bucket. */
const bucket = rule({
  needs: ["teleport"],
  check({ teleport, aws }, report) {
    const { bucket: made } = teleport.recordings;
    if (made === undefined) return;
    trust(made, report);
    if (aws === undefined) {
      report.problem(["aws"], "is missing: the bucket of recordings is created there; add it.", [
        at("bucket"),
      ]);
    }
    const address = s3Address(teleport.sessionRecordings);
    if (address === undefined) {
      if (teleport.sessionRecordings?.startsWith("s3://") !== true) return;
      report.problem(
        at("bucket"),
        "can be created only at AWS's own endpoint: remove it, or `endpoint` from sessionRecordings.",
        [ADDRESS],
      );
      return;
    }
    if (aws !== undefined && address.region !== aws.region) {
      report.problem(
        ADDRESS,
        `names region ${address.region ?? "none"}, but the bucket is created in ${aws.region} (aws.region): write ` +
          `?region=${aws.region}.`,
        [["aws", "region"], at("bucket")],
      );
    }
    if (!/^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(address.bucket)) {
      report.problem(
        ADDRESS,
        `names bucket "${address.bucket}": S3 allows 3 to 63 lower-case letters, digits, '.' and '-'.`,
      );
    }
    if (address.kmsKey !== undefined && !address.kmsKey.startsWith("arn:")) {
      report.problem(
        ADDRESS,
        "has an sse_kms_key that is not an ARN, but the role's policy needs its ARN: write the ARN.",
        [at("bucket")],
      );
    }
  },
});

function trust(
  { oidcProviderArn, eksCluster }: { oidcProviderArn?: string; eksCluster?: string },
  report: Report,
) {
  if ((oidcProviderArn === undefined) !== (eksCluster === undefined)) return;
  report.problem(
    at("bucket"),
    oidcProviderArn === undefined
      ? "does not say who may assume the role: set oidcProviderArn (IRSA) or eksCluster (Pod Identity)."
      : "is ambiguous: oidcProviderArn and eksCluster are set, keep one of them.",
    [at("bucket", "oidcProviderArn"), at("bucket", "eksCluster")],
  );
}

export const recordingRules: readonly Rule[] = [place, existing, identity, bucket];
