/** Shared by the settings of a bucket: each is written as a whole, and has the bucket's name as id. */
import type { S3Client } from "@aws-sdk/client-s3";
import type { Resource } from "../../tables/definition.ts";
import { replace, required, text, type Fields } from "../../tables/fields.ts";
import { type Plain, word } from "../../tables/plain.ts";
import { doing, known, orGone, planRegion, regional } from "../common.ts";
import type { Aws } from "../connect.ts";

interface Part {
  token: string;
  /** The setting's name in messages. */
  what: string;
  fields: Fields;
  put: (s3: S3Client, bucket: string, inputs: Plain) => Promise<unknown>;
  /** Undefined, or an error with the code `absent`, means that the bucket lacks the setting. */
  get: (s3: S3Client, bucket: string) => Promise<Record<string, unknown> | undefined>;
  remove: (s3: S3Client, bucket: string, state: Plain) => Promise<unknown>;
  absent?: string;
  validate?: Resource<Aws>["validate"];
}

/** The resource type of one setting. */
export function bucketPart(part: Part): Resource<Aws> {
  const gone = ["NoSuchBucket", "NotFound", ...(part.absent === undefined ? [] : [part.absent])];
  const put = (aws: Aws, props: Plain, verb: string) => {
    const bucket = word(props["bucket"]);
    return doing(`${verb} S3 Bucket ${part.what} (${bucket})`, () =>
      part.put(aws.in(props).s3, bucket, props),
    );
  };
  return {
    token: part.token,
    fields: { ...regional, bucket: text({ ...required, ...replace }), ...part.fields },
    validate: part.validate,
    plan: planRegion,
    async create({ client: aws }, inputs) {
      await put(aws, inputs, "creating");
      return word(inputs["bucket"]);
    },
    async read({ client: aws }, id, state) {
      const told = await orGone(gone, () => part.get(aws.in(state).s3, id));
      return told && known({ region: aws.regionOf(state), bucket: id, ...told });
    },
    async update({ client: aws }, { news }) {
      await put(aws, news, "updating");
    },
    async delete({ client: aws }, id, state) {
      await doing(`deleting S3 Bucket ${part.what} (${id})`, () =>
        orGone(gone, () => part.remove(aws.in(state).s3, id, state)),
      );
    },
  };
}
