/** Versioning, encryption, policy and public access block of a bucket. */
import {
  DeleteBucketEncryptionCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  type BucketVersioningStatus,
  type PublicAccessBlockConfiguration,
  type ServerSideEncryption,
  type ServerSideEncryptionRule,
} from "@aws-sdk/client-s3";
import {
  block,
  computed,
  flag,
  kept,
  list,
  replace,
  required,
  sameJson,
  set,
  text,
} from "../../tables/fields.ts";
import type { Plain } from "../../tables/plain.ts";
import { known, policyFaults, str } from "../common.ts";
import { bucketPart } from "./bucket-part.ts";

const owned = { expectedBucketOwner: text({ ...replace, ...kept }) };

export const bucketVersioning = bucketPart({
  token: "aws:s3/bucketVersioning:BucketVersioning",
  what: "Versioning",
  fields: {
    ...owned,
    mfa: text(kept),
    versioningConfiguration: block({ status: text(required), mfaDelete: text(computed) }, required),
  },
  put: (s3, Bucket, inputs) => {
    const { status, mfaDelete } = inputs["versioningConfiguration"] as Plain;
    // The API cannot set "Disabled": it is the state of a bucket that never had versioning.
    if (status === "Disabled") return Promise.resolve();
    return s3.send(
      new PutBucketVersioningCommand({
        Bucket,
        MFA: str(inputs["mfa"]),
        VersioningConfiguration: {
          Status: status as BucketVersioningStatus,
          MFADelete: mfaDelete as "Enabled" | undefined,
        },
      }),
    );
  },
  get: async (s3, Bucket) => {
    const told = await s3.send(new GetBucketVersioningCommand({ Bucket }));
    const status = told.Status ?? "Disabled";
    return { versioningConfiguration: known({ status, mfaDelete: told.MFADelete }) };
  },
  // Versioning can be suspended, but not disabled again.
  remove: (s3, Bucket, state) =>
    (state["versioningConfiguration"] as Plain | undefined)?.["status"] === "Disabled"
      ? Promise.resolve()
      : s3.send(
          new PutBucketVersioningCommand({
            Bucket,
            VersioningConfiguration: { Status: "Suspended" },
          }),
        ),
});

function toEncryption(rule: Plain): ServerSideEncryptionRule {
  const byDefault = rule["applyServerSideEncryptionByDefault"] as Plain | undefined;
  return {
    BucketKeyEnabled: rule["bucketKeyEnabled"] as boolean | undefined,
    ApplyServerSideEncryptionByDefault: byDefault && {
      SSEAlgorithm: byDefault["sseAlgorithm"] as ServerSideEncryption,
      KMSMasterKeyID: str(byDefault["kmsMasterKeyId"]),
    },
  };
}

function fromEncryption(rule: ServerSideEncryptionRule): Plain {
  const byDefault = rule.ApplyServerSideEncryptionByDefault;
  return known({
    bucketKeyEnabled: rule.BucketKeyEnabled ?? false,
    applyServerSideEncryptionByDefault:
      byDefault &&
      known({ sseAlgorithm: byDefault.SSEAlgorithm, kmsMasterKeyId: byDefault.KMSMasterKeyID }),
  });
}

export const bucketEncryption = bucketPart({
  token: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  what: "Server-side Encryption Configuration",
  fields: {
    ...owned,
    rules: set(
      block({
        applyServerSideEncryptionByDefault: block({
          sseAlgorithm: text(required),
          kmsMasterKeyId: text(),
        }),
        blockedEncryptionTypes: list(text(), computed),
        bucketKeyEnabled: flag(),
      }),
      required,
    ),
  },
  put: (s3, Bucket, inputs) => {
    const Rules = (inputs["rules"] as Plain[]).map(toEncryption);
    const command = { Bucket, ServerSideEncryptionConfiguration: { Rules } };
    return s3.send(new PutBucketEncryptionCommand(command));
  },
  get: async (s3, Bucket) => {
    const told = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
    return { rules: (told.ServerSideEncryptionConfiguration?.Rules ?? []).map(fromEncryption) };
  },
  remove: (s3, Bucket) => s3.send(new DeleteBucketEncryptionCommand({ Bucket })),
  absent: "ServerSideEncryptionConfigurationNotFoundError",
});

export const bucketPolicy = bucketPart({
  token: "aws:s3/bucketPolicy:BucketPolicy",
  what: "Policy",
  fields: { policy: text({ ...required, same: sameJson }) },
  validate: (inputs) => policyFaults(inputs, "policy"),
  put: (s3, Bucket, inputs) =>
    s3.send(new PutBucketPolicyCommand({ Bucket, Policy: str(inputs["policy"]) })),
  get: async (s3, Bucket) => {
    const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
    return { policy: Policy };
  },
  remove: (s3, Bucket) => s3.send(new DeleteBucketPolicyCommand({ Bucket })),
  absent: "NoSuchBucketPolicy",
});

const ACCESS_BLOCKS = [
  "blockPublicAcls",
  "blockPublicPolicy",
  "ignorePublicAcls",
  "restrictPublicBuckets",
];
const ofApi = (name: string) =>
  `${name.charAt(0).toUpperCase()}${name.slice(1)}` as keyof PublicAccessBlockConfiguration;

export const bucketPublicAccessBlock = bucketPart({
  token: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  what: "Public Access Block",
  fields: {
    ...Object.fromEntries(ACCESS_BLOCKS.map((name) => [name, flag({ default: false })])),
    skipDestroy: flag(kept),
  },
  put: (s3, Bucket, inputs) => {
    const given = ACCESS_BLOCKS.map((name) => [ofApi(name), inputs[name] === true]);
    const PublicAccessBlockConfiguration = Object.fromEntries(
      given,
    ) as PublicAccessBlockConfiguration;
    return s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
  },
  get: async (s3, Bucket) => {
    const told = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
    const access = told.PublicAccessBlockConfiguration ?? {};
    return Object.fromEntries(ACCESS_BLOCKS.map((name) => [name, access[ofApi(name)] ?? false]));
  },
  remove: (s3, Bucket, state) =>
    state["skipDestroy"] === true
      ? Promise.resolve()
      : s3.send(new DeletePublicAccessBlockCommand({ Bucket })),
  absent: "NoSuchPublicAccessBlockConfiguration",
});
