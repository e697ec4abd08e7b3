"""Reads what a request asks for. Imports nothing of moto, which takes a second."""

import io
from urllib.parse import parse_qs

FORM = "application/x-www-form-urlencoded"


def content(environ):
    """Returns the body of a request, which can be read again."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def form(environ):
    """Fields of a request in AWS's query protocol."""
    body = content(environ)
    return parse_qs(body.decode("latin-1")) if body else {}


def may_change(environ):
    """True if the method or the action of a request may change the account."""
    if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
        return False
    action = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    if environ.get("CONTENT_TYPE", "").startswith(FORM):
        action = form(environ).get("Action", [""])[0]
    return not action.startswith(("Describe", "Get", "List"))
