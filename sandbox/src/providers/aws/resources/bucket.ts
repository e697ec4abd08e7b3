/** S3 buckets, without the deprecated properties that have resource types of their own. */
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketTaggingCommand,
  GetBucketTaggingCommand,
  HeadBucketCommand,
  PutBucketTaggingCommand,
  type BucketLocationConstraint,
} from "@aws-sdk/client-s3";
import type { CheckFailure } from "../../framework.ts";
import type { Resource } from "../../tables/definition.ts";
import {
  any,
  computed,
  flag,
  kept,
  output,
  replace,
  text,
  type Fields,
} from "../../tables/fields.ts";
import { type Plain, word } from "../../tables/plain.ts";
import {
  allTags,
  doing,
  known,
  unsupported,
  orGone,
  planTagged,
  regional,
  tagged,
  tagList,
  tagState,
} from "../common.ts";
import type { Aws } from "../connect.ts";

const GONE = ["NotFound", "NoSuchBucket"];

/** Deprecated properties with a resource type of their own, and modes of buckets. */
const UNSUPPORTED = [
  ...["accelerationStatus", "acl", "bucketNamespace", "corsRules", "grants", "lifecycleRules"],
  ...[
    "logging",
    "objectLockConfiguration",
    "objectLockEnabled",
    "policy",
    "replicationConfiguration",
  ],
  ...["requestPayer", "serverSideEncryptionConfiguration", "versioning", "website"],
];
const unsupportedFields: Fields = Object.fromEntries(
  UNSUPPORTED.map((name) => [name, any(computed)]),
);

function rules(inputs: Plain): CheckFailure[] {
  const refused = inputs["forceDestroy"] === true ? [...UNSUPPORTED, "forceDestroy"] : UNSUPPORTED;
  const failures = unsupported(inputs, refused, "a bucket");
  const name = inputs["bucket"];
  // The bucket naming rules of Amazon S3.
  if (typeof name === "string" && !/^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
    failures.push({ property: "bucket", reason: `"${name}" is not a valid bucket name` });
  }
  return failures;
}

async function setTags(aws: Aws, Bucket: string, props: Plain): Promise<void> {
  const { s3 } = aws.in(props);
  const TagSet = tagList(allTags(aws, props));
  await doing(`setting S3 Bucket (${Bucket}) tags`, async () => {
    if (TagSet.length > 0)
      await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    else await s3.send(new DeleteBucketTaggingCommand({ Bucket }));
  });
}

export const bucket: Resource<Aws> = {
  token: "aws:s3/bucket:Bucket",
  fields: {
    ...regional,
    ...tagged,
    ...unsupportedFields,
    bucket: text({ ...computed, ...replace }),
    bucketPrefix: text({ ...replace, ...kept }),
    forceDestroy: flag({ ...kept, default: false }),
    arn: text(output),
    bucketDomainName: text(output),
    bucketRegion: text(output),
    bucketRegionalDomainName: text(output),
    hostedZoneId: text(output),
    websiteDomain: text(output),
    websiteEndpoint: text(output),
  },
  autoName: { field: "bucket", max: 63, unless: "bucketPrefix" },
  validate: rules,
  plan: planTagged,
  async create({ client: aws, exists }, inputs) {
    const Bucket =
      inputs["bucket"] === undefined
        ? `${word(inputs["bucketPrefix"])}${Date.now().toString(36)}`
        : word(inputs["bucket"]);
    const region = aws.regionOf(inputs);
    // CreateBucket refuses a location constraint for us-east-1.
    const CreateBucketConfiguration =
      region === "us-east-1"
        ? undefined
        : { LocationConstraint: region as BucketLocationConstraint };
    await doing(`creating S3 Bucket (${Bucket})`, () =>
      aws.in(inputs).s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration })),
    );
    exists(Bucket);
    await setTags(aws, Bucket, inputs);
    return Bucket;
  },
  async read({ client: aws }, id, state) {
    const { s3 } = aws.in(state);
    const head = await orGone(GONE, () => s3.send(new HeadBucketCommand({ Bucket: id })));
    if (head === undefined) return undefined;
    const tags = await orGone(["NoSuchTagSet"], () =>
      s3.send(new GetBucketTaggingCommand({ Bucket: id })),
    );
    const region = aws.regionOf(state);
    return {
      ...tagState(aws, tags?.TagSet ?? [], state),
      ...known({
        region,
        bucket: id,
        arn: `arn:aws:s3:::${id}`,
        bucketDomainName: `${id}.s3.amazonaws.com`,
        bucketRegion: head.BucketRegion,
        bucketRegionalDomainName: `${id}.s3.${region}.amazonaws.com`,
      }),
    };
  },
  async update({ client: aws }, { id, news, changed }) {
    if (changed.has("tags") || changed.has("tagsAll")) await setTags(aws, id, news);
  },
  async delete({ client: aws }, id, state) {
    await doing(`deleting S3 Bucket (${id})`, () =>
      orGone(GONE, () => aws.in(state).s3.send(new DeleteBucketCommand({ Bucket: id }))),
    );
  },
};
