import * as assert from "node:assert/strict";
import type { PlaneSettings } from "../../../settings/schema";
import { s3Address } from "../../../teleport/recordings";
import { get } from "../../../teleport/values";
import { recordPlane } from "./mocked-plane";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const PROVIDER =
  "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF";

type Made = NonNullable<PlaneSettings["teleport"]["recordings"]["bucket"]>;
const made = (bucket: Made) =>
  recordPlane("prod", (settings) => {
    settings.teleport.recordings = { podIdentity: false, bucket };
  });

const document = (text: unknown) =>
  JSON.parse(String(text)) as { Statement: Record<string, unknown>[] };

describe("the bucket of recordings", () => {
  it("is versioned, encrypted, not public, and accepts TLS only", async () => {
    const plane = await made({ eksCluster: "lumie" });
    const bucket = plane.one("aws:s3/bucket:Bucket");
    assert.equal(bucket.inputs["bucket"], "lumie-teleport-recordings");
    assert.equal(bucket.protect, true);
    assert.equal(bucket.inputs["forceDestroy"], undefined);
    const { inputs: versioning } = plane.one("aws:s3/bucketVersioning:BucketVersioning");
    assert.deepEqual(versioning["versioningConfiguration"], { status: "Enabled" });
    const { inputs: closed } = plane.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock");
    assert.deepEqual(
      ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"].map(
        (key) => closed[key],
      ),
      [true, true, true, true],
    );
    const { inputs: encryption } = plane.one(
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    );
    assert.equal(
      get(encryption, "rules", 0, "applyServerSideEncryptionByDefault", "sseAlgorithm"),
      "aws:kms",
    );
    const { inputs: policy } = plane.one("aws:s3/bucketPolicy:BucketPolicy");
    const [statement] = document(policy["policy"]).Statement;
    assert.equal(statement?.["Effect"], "Deny");
    assert.deepEqual(statement["Condition"], { Bool: { "aws:SecureTransport": "false" } });
  });

  it("keeps every version as long as a recording", async () => {
    const plane = await made({ eksCluster: "lumie", retentionDays: 400 });
    const rules = plane.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration");
    assert.deepEqual(get(rules.inputs, "rules", 1, "expiration"), { days: 400 });
    assert.deepEqual(get(rules.inputs, "rules", 1, "noncurrentVersionExpiration"), {
      noncurrentDays: 400,
    });
  });

  it("keeps recordings forever by default", async () => {
    const plane = await made({ eksCluster: "lumie" });
    const { inputs } = plane.one(
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    );
    assert.doesNotMatch(JSON.stringify(inputs), /xpiration/);
  });

  it("IRSA: only the auth pods' service account may assume the role, and the chart annotates it", async () => {
    const plane = await made({ oidcProviderArn: PROVIDER });
    const [trust] = document(plane.one("aws:iam/role:Role").inputs["assumeRolePolicy"]).Statement;
    const issuer = PROVIDER.split("oidc-provider/")[1] ?? "";
    assert.deepEqual(trust?.["Condition"], {
      StringEquals: {
        [`${issuer}:sub`]: "system:serviceaccount:teleport:teleport",
        [`${issuer}:aud`]: "sts.amazonaws.com",
      },
    });
    const release = plane.one(RELEASE, "teleport");
    assert.deepEqual(get(release.inputs, "values", "auth", "annotations", "serviceAccount"), {
      "eks.amazonaws.com/role-arn": "arn:made-role",
    });
    assert.ok(plane.waitsFor(release).includes("aws:s3/bucketPolicy:BucketPolicy::recordings"));
    assert.deepEqual(plane.all("aws:eks/podIdentityAssociation:PodIdentityAssociation"), []);
  });

  it("Pod Identity: the association names the auth pods, which wait for it", async () => {
    const plane = await made({ eksCluster: "lumie" });
    const association = plane.one("aws:eks/podIdentityAssociation:PodIdentityAssociation");
    assert.equal(association.inputs["clusterName"], "lumie");
    assert.equal(association.inputs["namespace"], "teleport");
    assert.equal(association.inputs["serviceAccount"], "teleport");
    const release = plane.one(RELEASE, "teleport");
    assert.equal(get(release.inputs, "values", "auth", "annotations"), undefined);
    const waits = plane.waitsFor(release).join();
    assert.match(waits, /PodIdentityAssociation::recordings/);
  });

  it("gives its role the right to write and read recordings, but not to delete them", async () => {
    const plane = await made({ eksCluster: "lumie" });
    const { Statement } = document(plane.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"]);
    const actions = Statement.flatMap((statement) => statement["Action"] as string[]);
    assert.ok(actions.includes("s3:PutObject"));
    assert.deepEqual(
      actions.filter((action) => /Delete|Create|\*/.test(action) || action.startsWith("s3:PutB")),
      [],
    );
  });
});

describe("an address of recordings", () => {
  it("names bucket, folder, region and key", () => {
    assert.deepEqual(s3Address("s3://b/a/b/?region=eu-central-1&sse_kms_key=arn:aws:kms:k"), {
      bucket: "b",
      prefix: "a/b",
      region: "eu-central-1",
      kmsKey: "arn:aws:kms:k",
    });
  });
  for (const other of [undefined, "gs://b", "s3://b?endpoint=minio.example.com"]) {
    it(`is not one of AWS: ${other ?? "none"}`, () => {
      assert.equal(s3Address(other), undefined);
    });
  }
});
