/** Lifecycle rules of a bucket. Storage class transitions are not supported: their fields are unknown. */
import {
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  type TransitionDefaultMinimumObjectSize,
} from "@aws-sdk/client-s3";
import {
  any,
  block,
  computed,
  flag,
  kept,
  list,
  number,
  replace,
  required,
  text,
} from "../../tables/fields.ts";
import type { Plain } from "../../tables/plain.ts";
import { known, num, str } from "../common.ts";
import { bucketPart } from "./bucket-part.ts";

function toRule(rule: Plain): LifecycleRule {
  const part = (name: string) => rule[name] as Plain | undefined;
  const expiration = part("expiration");
  const noncurrent = part("noncurrentVersionExpiration");
  const uploads = part("abortIncompleteMultipartUpload");
  return {
    ID: str(rule["id"]),
    Status: rule["status"] as "Enabled",
    Filter: { Prefix: str(part("filter")?.["prefix"]) ?? "" },
    Expiration: expiration && {
      Days: num(expiration["days"]),
      ExpiredObjectDeleteMarker: expiration["expiredObjectDeleteMarker"] as boolean | undefined,
    },
    NoncurrentVersionExpiration: noncurrent && {
      NoncurrentDays: num(noncurrent["noncurrentDays"]),
      NewerNoncurrentVersions: num(noncurrent["newerNoncurrentVersions"]),
    },
    AbortIncompleteMultipartUpload: uploads && {
      DaysAfterInitiation: num(uploads["daysAfterInitiation"]),
    },
  };
}

function fromRule(rule: LifecycleRule): Plain {
  const { Expiration, NoncurrentVersionExpiration: noncurrent } = rule;
  const uploads = rule.AbortIncompleteMultipartUpload;
  return known({
    id: rule.ID,
    status: rule.Status,
    filter: rule.Filter && known({ prefix: rule.Filter.Prefix }),
    expiration:
      Expiration &&
      known({
        days: Expiration.Days,
        expiredObjectDeleteMarker: Expiration.ExpiredObjectDeleteMarker,
      }),
    noncurrentVersionExpiration:
      noncurrent &&
      known({
        noncurrentDays: noncurrent.NoncurrentDays,
        newerNoncurrentVersions: noncurrent.NewerNoncurrentVersions,
      }),
    abortIncompleteMultipartUpload:
      uploads && known({ daysAfterInitiation: uploads.DaysAfterInitiation }),
  });
}

export const bucketLifecycle = bucketPart({
  token: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  what: "Lifecycle Configuration",
  fields: {
    expectedBucketOwner: text({ ...replace, ...kept }),
    timeouts: any(kept),
    transitionDefaultMinimumObjectSize: text(computed),
    rules: list(
      block({
        id: text(required),
        status: text(required),
        filter: block({ prefix: text() }),
        expiration: block({ days: number(), expiredObjectDeleteMarker: flag() }),
        noncurrentVersionExpiration: block({
          noncurrentDays: number(),
          newerNoncurrentVersions: number(),
        }),
        abortIncompleteMultipartUpload: block({ daysAfterInitiation: number() }),
      }),
    ),
  },
  put: (s3, Bucket, inputs) => {
    const size = str(inputs["transitionDefaultMinimumObjectSize"]);
    return s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        TransitionDefaultMinimumObjectSize: size as TransitionDefaultMinimumObjectSize | undefined,
        LifecycleConfiguration: { Rules: ((inputs["rules"] ?? []) as Plain[]).map(toRule) },
      }),
    );
  },
  get: async (s3, Bucket) => {
    const told = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    return {
      rules: (told.Rules ?? []).map(fromRule),
      transitionDefaultMinimumObjectSize: told.TransitionDefaultMinimumObjectSize,
    };
  },
  remove: (s3, Bucket) => s3.send(new DeleteBucketLifecycleCommand({ Bucket })),
  absent: "NoSuchLifecycleConfiguration",
});
