"""Checks a request against the IAM policies of the user who signed it: the action, and the resource if the
request names it (buckets, hosted zones, roles, EKS clusters). Ignores policy conditions. The sandbox's
own keys may do everything."""

import fnmatch
import functools
import json
import os
import re
from urllib.parse import unquote

import botocore.session
from moto.backends import get_backend

import actions
import signatures

# S3 operations whose IAM action has a different name (Service Authorization Reference).
S3_ACTIONS = {
    "CopyObject": "PutObject",  # same URL as PutObject; only a header differs
    "DeleteObjects": "DeleteObject",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",  # at the same address as the next
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}


ACCOUNT = "123456789012"  # moto's

# Operations that pass a role to a service (Service Authorization Reference: dependent actions).
PASSES_ROLE = {"eks:CreatePodIdentityAssociation", "eks:UpdatePodIdentityAssociation"}


def template(uri):
    """The path of a service model's request URI as a regular expression, and its query parameters."""
    path, _, query = uri.partition("?")
    parts = re.split(r"\{(\w+)(\+?)\}", path.rstrip("/"))
    pattern = re.escape(parts[0])
    for name, greedy, literal in zip(parts[1::3], parts[2::3], parts[3::3]):
        pattern += f"(?P<{name}>{'.+' if greedy else '[^/]+'}){re.escape(literal)}"
    return re.compile(f"{pattern}/?$"), {part for part in query.split("&") if part}


@functools.cache
def operations(service):
    """The operations of a REST service, the most specific URI first."""
    model = botocore.session.get_session().get_service_model(service)
    known = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, query = template(http["requestUri"])
        known.append((http["method"], path, query, name))
    return sorted(known, key=lambda one: (len(one[2]), len(one[1].pattern)), reverse=True)


def rest(service, environ):
    """The operation that a request calls, and the parameters in its URL."""
    address, _, query = environ.get("RAW_URI", environ["REQUEST_URI"]).partition("?")
    given = {part.removesuffix("=") for part in query.split("&")}
    for method, path, wanted, name in operations(service):
        match = path.match(unquote(address))
        if method == environ["REQUEST_METHOD"] and match is not None and wanted <= given:
            return name, match.groupdict()
    return f"{environ['REQUEST_METHOD']} {address}", {}


def action_and_resource(service, environ):
    """The action of a request as IAM policies name it, and its resource, or None if the URL has none."""
    if service == "s3":
        name, held = rest(service, environ)
        key = f"/{held['Key']}" if "Key" in held else ""
        return f"s3:{S3_ACTIONS.get(name, name)}", f"arn:aws:s3:::{held.get('Bucket', '')}{key}"
    if service == "route53":
        name, held = rest(service, environ)
        kind = "change" if name == "GetChange" else held.get("ResourceType", "hostedzone")
        id_ = held.get("Id", held.get("ResourceId"))
        return f"route53:{name}", None if id_ is None else f"arn:aws:route53:::{kind}/{id_}"
    if service == "eks":
        name, held = rest(service, environ)
        return f"eks:{name}", cluster_arn(held)
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target is not None:
        return f"{service}:{target.rpartition('.')[2]}", None
    fields = actions.form(environ)
    action = f"{service}:{fields.get('Action', [''])[0]}"
    role = fields.get("RoleName") if service == "iam" else None
    return action, None if role is None else f"arn:aws:iam::{ACCOUNT}:role/{role[0]}"


def cluster_arn(held):
    """Returns the ARN of the cluster or association in a URL of EKS, from its parameters."""
    if "resourceArn" in held:
        return held["resourceArn"]
    cluster = held.get("clusterName", held.get("name"))
    if cluster is None:
        return None
    place = f"arn:aws:eks:{os.environ.get('AWS_DEFAULT_REGION', 'eu-central-1')}:{ACCOUNT}"
    if "associationId" in held:
        return f"{place}:podidentityassociation/{cluster}/{held['associationId']}"
    return f"{place}:cluster/{cluster}"


def required(service, environ):
    """Returns every action that a request needs, with its resource."""
    first = action_and_resource(service, environ)
    role = json.loads(actions.content(environ) or b"{}").get("roleArn") if first[0] in PASSES_ROLE else None
    return [first, *([] if role is None else [("iam:PassRole", role)])]


def policies(key_id):
    """The policies of the user who has this access key; None when no user has it."""
    for _, _, backend in get_backend("iam").iter_backends():
        for user in backend.users.values():
            if any(key.access_key_id == key_id for key in user.access_keys):
                managed = [policy.document for policy in user.managed_policies.values()]
                return [json.loads(text) for text in [*user.policies.values(), *managed]]
    return None


def as_list(value):
    return value if isinstance(value, list) else [value]


def matches(statement, action, resource):
    named = any(
        fnmatch.fnmatchcase(action.lower(), one.lower()) for one in as_list(statement["Action"])
    )
    return named and (
        resource is None
        or any(fnmatch.fnmatchcase(resource, one) for one in as_list(statement["Resource"]))
    )


def fault(environ):
    """AWS's error code and message if the policies refuse a signed request, else None."""
    match = signatures.SCHEME.match(environ["HTTP_AUTHORIZATION"])
    documents = policies(match.group(1))
    if documents is None:
        return None
    service = match.group(4)
    statements = [one for document in documents for one in as_list(document["Statement"])]
    for action, resource in required(service, environ):
        effects = {one["Effect"] for one in statements if matches(one, action, resource)}
        if effects != {"Allow"}:
            code = "UnauthorizedOperation" if service == "ec2" else "AccessDenied"
            return code, f"not authorized to perform: {action} on resource: {resource or '*'}"
    return None
