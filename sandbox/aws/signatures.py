"""Checks AWS Signature Version 4. Accepts the sandbox's own keys, and keys that the emulator issued for
an IAM role or user."""

import hashlib
import hmac
import re
from urllib.parse import quote

from moto.backends import get_backend

import actions

SCHEME = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/,]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request,\s*"
    r"SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$"
)


def secret_of(key_id, own):
    """The secret of an access key, or None if nobody has that key."""
    if key_id == own[0]:
        return own[1]
    for _, _, backend in get_backend("sts").iter_backends():
        for role in backend.assumed_roles:
            if role.access_key_id == key_id:
                return role.secret_access_key
    for _, _, backend in get_backend("iam").iter_backends():
        for user in backend.users.values():
            for key in user.access_keys:
                if key.access_key_id == key_id and key.status == "Active":
                    return key.secret_access_key
    return None


def header(environ, name):
    variable = name.upper().replace("-", "_")
    plain = variable in ("CONTENT_TYPE", "CONTENT_LENGTH")
    return " ".join(environ.get(variable if plain else f"HTTP_{variable}", "").split())


def payload_hash(environ):
    """The hash from the request's header, or else the hash of the body, which stays readable."""
    named = header(environ, "x-amz-content-sha256")
    if named:
        return named
    return hashlib.sha256(actions.content(environ)).hexdigest()


def canonical_request(environ, service, signed):
    path, _, query = environ.get("RAW_URI", environ["REQUEST_URI"]).partition("?")
    pairs = sorted(part if "=" in part else f"{part}=" for part in query.split("&") if part)
    return "\n".join(
        [
            environ["REQUEST_METHOD"],
            path if service == "s3" else quote(path, safe="/-_.~"),
            "&".join(pairs),
            *(f"{name}:{header(environ, name)}" for name in signed.split(";")),
            "",
            signed,
            payload_hash(environ),
        ]
    )


def fault(environ, own):
    """AWS's error code and message if the signature is missing or wrong, else None."""
    match = SCHEME.match(environ.get("HTTP_AUTHORIZATION", ""))
    if match is None:
        return "MissingAuthenticationToken", "The request is not signed."
    key_id, day, region, service, signed, signature = match.groups()
    secret = secret_of(key_id, own)
    if secret is None:
        return "InvalidClientTokenId", "The access key does not belong to this sandbox."
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    request = canonical_request(environ, service, signed)
    text = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            header(environ, "x-amz-date"),
            f"{day}/{region}/{service}/aws4_request",
            hashlib.sha256(request.encode()).hexdigest(),
        ]
    )
    if hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), signature):
        return None
    return "SignatureDoesNotMatch", "The signature does not match the secret access key."


def refusal(environ, code, message):
    """The error response in the format of the requested service."""
    match = SCHEME.match(environ.get("HTTP_AUTHORIZATION", ""))
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    if match is not None and match.group(4) == "ec2":
        return f"<Response><Errors>{error}</Errors></Response>".encode()
    if match is not None and match.group(4) == "s3":
        return error.encode()
    return f"<ErrorResponse>{error}</ErrorResponse>".encode()
