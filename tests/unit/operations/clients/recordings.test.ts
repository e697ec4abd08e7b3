import * as assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { Forbidden } from "../../../../operations/clients/errors";
import { LiveRecordings } from "../../../../operations/clients/recordings";

const ROLE = "arn:aws:iam::123456789012:role/recorder";
const xml = (body: string) => `<?xml version="1.0"?>${body}`;

/** Answers of S3 and IAM, by method and path with S3's subresource. */
const ANSWERS: Record<string, [status: number, body: string, headers?: Record<string, string>]> = {
  "HEAD /bare": [200, "", { "x-amz-bucket-region": "eu-west-1" }],
  "GET /bare?versioning": [200, xml("<VersioningConfiguration/>")],
  "GET /bare?encryption": [
    404,
    xml("<Error><Code>ServerSideEncryptionConfigurationNotFoundError</Code></Error>"),
  ],
  "GET /bare?policyStatus": [404, xml("<Error><Code>NoSuchBucketPolicy</Code></Error>")],
  "GET /bare?publicAccessBlock": [
    404,
    xml("<Error><Code>NoSuchPublicAccessBlockConfiguration</Code></Error>"),
  ],
  "HEAD /foreign": [403, ""],
  "POST /": [500, "<html><title>not implemented"],
};

describe("AWS's answers about recordings", () => {
  let server: http.Server;
  let reader: LiveRecordings;
  const environment = { ...process.env };

  before(async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: "none", AWS_SECRET_ACCESS_KEY: "none" });
    server = http.createServer((request, response) => {
      const { pathname, search } = new URL(request.url ?? "", "http://localhost");
      const path = pathname.length > 1 ? pathname.replace(/\/$/, "") : pathname;
      const subresource = /(versioning|encryption|policyStatus|publicAccessBlock)/.exec(
        search,
      )?.[0];
      const key = `${request.method ?? ""} ${path}${subresource === undefined ? "" : `?${subresource}`}`;
      const [status, body, headers = {}] = ANSWERS[key] ?? [404, ""];
      response.writeHead(status, headers).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    reader = new LiveRecordings({
      region: "eu-central-1",
      endpoint: `http://127.0.0.1:${port}`,
    });
  });
  after(() => {
    process.env = environment;
    server.close();
  });

  it("distinguish a bucket without settings from a missing bucket", async () => {
    assert.deepEqual(await reader.bucket("bare"), {
      region: "eu-west-1",
      versioned: false,
      encryption: undefined,
      isPublic: false,
      closed: false,
    });
    assert.equal(await reader.bucket("missing"), undefined);
  });

  it("report missing permissions", async () => {
    await assert.rejects(reader.bucket("foreign"), Forbidden);
  });

  it("may lack the simulation of a role's rights, which is an additional check", async () => {
    await assert.rejects(reader.denied(ROLE, ["s3:PutObject"], "arn:aws:s3:::b/*"), Forbidden);
  }).timeout(20_000);
});
