import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { toolPath } from "../src/setup/tools.ts";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../aws");

interface Request {
  service: string;
  method?: string;
  uri?: string;
  body?: string;
  target?: string;
}

/** Requests as clients send them, with the action and the resource that a policy names. */
const CASES: [request: Request, action: string, resource: string | null][] = [
  [{ service: "ec2", body: "Action=DescribeVpcs&Version=1" }, "ec2:DescribeVpcs", null],
  [
    { service: "elasticloadbalancing", body: "Action=CreateListener" },
    "elasticloadbalancing:CreateListener",
    null,
  ],
  [{ service: "kms", target: "TrentService.Decrypt", body: "{}" }, "kms:Decrypt", null],
  [{ service: "s3", method: "GET", uri: "/" }, "s3:ListAllMyBuckets", "arn:aws:s3:::"],
  [{ service: "s3", method: "HEAD", uri: "/b" }, "s3:ListBucket", "arn:aws:s3:::b"],
  [{ service: "s3", method: "GET", uri: "/b?list-type=2" }, "s3:ListBucket", "arn:aws:s3:::b"],
  [
    { service: "s3", method: "GET", uri: "/b?encryption" },
    "s3:GetEncryptionConfiguration",
    "arn:aws:s3:::b",
  ],
  [
    { service: "s3", method: "GET", uri: "/b?publicAccessBlock=" },
    "s3:GetBucketPublicAccessBlock",
    "arn:aws:s3:::b",
  ],
  [
    { service: "s3", method: "PUT", uri: "/b?lifecycle" },
    "s3:PutLifecycleConfiguration",
    "arn:aws:s3:::b",
  ],
  [{ service: "s3", method: "PUT", uri: "/b/a%20c/d" }, "s3:PutObject", "arn:aws:s3:::b/a c/d"],
  [
    { service: "route53", method: "POST", uri: "/2013-04-01/hostedzone/Z1/rrset/" },
    "route53:ChangeResourceRecordSets",
    "arn:aws:route53:::hostedzone/Z1",
  ],
  [
    { service: "route53", method: "GET", uri: "/2013-04-01/tags/hostedzone/Z1" },
    "route53:ListTagsForResource",
    "arn:aws:route53:::hostedzone/Z1",
  ],
  [
    { service: "route53", method: "GET", uri: "/2013-04-01/change/C1" },
    "route53:GetChange",
    "arn:aws:route53:::change/C1",
  ],
  [
    { service: "eks", method: "POST", uri: "/clusters/c/pod-identity-associations" },
    "eks:CreatePodIdentityAssociation",
    "arn:aws:eks:eu-central-1:123456789012:cluster/c",
  ],
  [
    { service: "eks", method: "GET", uri: "/clusters/c/pod-identity-associations/a-1" },
    "eks:DescribePodIdentityAssociation",
    "arn:aws:eks:eu-central-1:123456789012:podidentityassociation/c/a-1",
  ],
  [
    { service: "iam", body: "Action=CreateRole&RoleName=teleport-recordings-1&Version=1" },
    "iam:CreateRole",
    "arn:aws:iam::123456789012:role/teleport-recordings-1",
  ],
  [{ service: "iam", body: "Action=GetUser&Version=1" }, "iam:GetUser", null],
  [
    { service: "route53", method: "GET", uri: "/2013-04-01/hostedzonesbyname?dnsname=a" },
    "route53:ListHostedZonesByName",
    null,
  ],
];

const script = `
import io, json, sys
sys.path.insert(0, ${JSON.stringify(folder)})
import permissions

def environ(method="POST", uri="/", body="", target=None, **_):
    return {
        "REQUEST_METHOD": method, "REQUEST_URI": uri, "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body.encode()),
        **({} if target is None else {"HTTP_X_AMZ_TARGET": target}),
    }

requests = json.loads(sys.argv[1])
body = json.dumps({"roleArn": "arn:aws:iam::123456789012:role/r"})
address = "/clusters/c/pod-identity-associations"
print(json.dumps([
    [permissions.action_and_resource(one["service"], environ(**one)) for one in requests],
    permissions.required("eks", environ(uri=address, body=body)),
]))
`;

describe("aws: the permission that a request needs", function () {
  this.timeout(120_000); // loading moto takes long on a busy machine
  it("has the action and the resource that IAM policies name", async () => {
    const requests = JSON.stringify(CASES.map(([request]) => request));
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
    const run = promisify(execFile)(toolPath("moto-python"), ["-c", script, requests], { env });
    const { stdout } = await run;
    const [asked, needed] = JSON.parse(stdout) as [unknown, unknown];
    assert.deepEqual(
      asked,
      CASES.map(([, action, resource]) => [action, resource]),
    );
    assert.deepEqual(needed, [
      ["eks:CreatePodIdentityAssociation", "arn:aws:eks:eu-central-1:123456789012:cluster/c"],
      ["iam:PassRole", "arn:aws:iam::123456789012:role/r"],
    ]);
  });
});
