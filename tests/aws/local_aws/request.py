"""Reads from a WSGI environment what a request to AWS asks for, and leaves the request as it was for moto."""

import io
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.exceptions import UnknownServiceError
from moto.core.request import Request
from moto.core.routing import get_service_router
from werkzeug.exceptions import NotFound

# The scope of a signature, in the Authorization header or in the query of a presigned URL.
_SCOPE = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")

# Of the services that speak REST, these do it in XML.
_REST_XML = frozenset({"cloudfront", "route53", "s3"})


@dataclass(frozen=True)
class Call:
    """One call of an AWS API."""

    service: str
    """As the signature names it, which is mostly the prefix that IAM uses: `iam`, `ec2`, `securityhub`."""
    action: str
    """The name of the operation in AWS's own model, such as `GetRole`."""
    region: str
    access_key: str
    protocol: str
    """`query`, `ec2`, `json`, `rest-json` or `rest-xml`: how an error has to be written so that an SDK reads it."""
    parameters: dict[str, Any]
    """The form, or the JSON body and what the path names."""


def read(environ: dict[str, Any]) -> Call | None:
    """The call that a request makes, or nothing if it is not signed, as those of a browser."""
    query = environ.get("QUERY_STRING", "")
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION") or unquote(query))
    if not scope:
        return None
    access_key, region, service = scope.groups()
    body = _body(environ)
    target = environ.get("HTTP_X_AMZ_TARGET")
    form = dict(parse_qsl(query, keep_blank_values=True))
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        form |= parse_qsl(body.decode(), keep_blank_values=True)
    if target:
        action, protocol, parameters = target.rpartition(".")[2], "json", _json_object(body)
    elif "Action" in form:
        action, protocol, parameters = form["Action"], "ec2" if service == "ec2" else "query", form
    else:
        action, in_path = _rest_operation(service, environ)
        protocol = "rest-xml" if service in _REST_XML else "rest-json"
        parameters = in_path | _json_object(body)
    return Call(service, action, region, access_key, protocol, parameters)


def _body(environ: dict[str, Any]) -> bytes:
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _json_object(body: bytes) -> dict[str, Any]:
    """The body as JSON. What is not an object, such as a file for S3, has no parameters to read."""
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _rest_operation(service: str, environ: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The operation that AWS's model has at this method and path, and the parameters in the path."""
    try:
        operation, in_path = get_service_router(service).match(Request(environ.copy()))
    except (NotFound, NotImplementedError, UnknownServiceError):
        return f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}", {}
    return operation.name, in_path
