"""Creates what an account owner provides for session recordings, unless it exists: a bucket, and the
role that lets the auth pods use the bucket. Uses the emulator's own API."""

import json

import boto3
from botocore.exceptions import ClientError

BUCKET = "lumie-teleport-recordings"
ROLE = "lumie-teleport-auth"
ISSUER = "oidc.eks.eu-central-1.amazonaws.com/id/SANDBOX"


def exists(look, **what):
    try:
        look(**what)
        return True
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchBucket", "NoSuchEntity"):
            raise
        return False


def ensure(port, region, keys):
    session = boto3.session.Session(*keys, region_name=region)
    endpoint = f"http://127.0.0.1:{port}"
    bucket(session.client("s3", endpoint_url=endpoint), region)
    role(session.client("iam", endpoint_url=endpoint), session.client("sts", endpoint_url=endpoint))


def bucket(s3, region):
    if exists(s3.head_bucket, Bucket=BUCKET):
        return
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": region})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    encryption = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(
        Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [encryption]}
    )
    closed = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(
        Bucket=BUCKET, PublicAccessBlockConfiguration={name: True for name in closed}
    )


def statement(**fields):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **fields}]})


def role(iam, sts):
    if exists(iam.get_role, RoleName=ROLE):
        return
    account = sts.get_caller_identity()["Account"]
    iam.create_role(
        RoleName=ROLE,
        AssumeRolePolicyDocument=statement(
            Action="sts:AssumeRoleWithWebIdentity",
            Principal={"Federated": f"arn:aws:iam::{account}:oidc-provider/{ISSUER}"},
            Condition={
                "StringEquals": {f"{ISSUER}:sub": "system:serviceaccount:teleport:teleport"}
            },
        ),
    )
    iam.put_role_policy(
        RoleName=ROLE,
        PolicyName="recordings",
        PolicyDocument=statement(
            Action=[
                "s3:ListBucket",
                "s3:ListBucketVersions",
                "s3:ListBucketMultipartUploads",
                "s3:GetBucketVersioning",
                "s3:GetEncryptionConfiguration",
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
                "s3:GetObject",
                "s3:GetObjectVersion",
                "s3:PutObject",
            ],
            Resource=[f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        ),
    )
