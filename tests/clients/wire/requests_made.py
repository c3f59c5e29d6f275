"""What botocore and the engine send for the same parameters, in a form in which they can be compared."""

import json
import urllib.parse
from xml.etree import ElementTree

# What signing, the connection and the checksums of AWS's clients add; it is no part of a protocol.
ADDED = {
    "host", "authorization", "x-amz-date", "content-length", "content-md5", "x-amz-content-sha256", "connection", "accept",
    "user-agent", "accept-encoding", "amz-sdk-invocation-id", "amz-sdk-request", "x-amz-security-token", "transfer-encoding",
}  # fmt: skip


def body(kind, data):
    """A body as the data that it carries."""
    if isinstance(data, dict):
        # botocore gives forms as what they are made of.
        return sorted((key, str(value)) for key, value in data.items())
    data = data.encode() if isinstance(data, str) else data
    kind = kind or ""
    if not data:
        return None
    if "x-www-form-urlencoded" in kind:
        return sorted(urllib.parse.parse_qsl(data.decode(), keep_blank_values=True))
    if "json" in kind:
        return json.loads(data)
    try:
        element = ElementTree.fromstring(data.decode())
        # botocore leaves out a document with nothing in it.
        return ElementTree.canonicalize(data.decode()) if len(element) or element.text else None
    except ElementTree.ParseError:
        return data


def pairs(query):
    return sorted(urllib.parse.parse_qsl(query, keep_blank_values=True))


def of_botocore(serialized):
    """What a serializer of botocore's makes."""
    headers = {name.lower(): value for name, value in serialized["headers"].items()}
    path, _, constant = serialized["url_path"].partition("?")
    query = pairs(constant)
    given = serialized["query_string"]
    for key, value in given.items() if isinstance(given, dict) else given:
        for item in value if isinstance(value, list) else [value]:
            query.append((key, str(item)))
    kind = headers.get("content-type")
    return {
        "method": serialized["method"],
        "path": path,
        "query": sorted(query),
        "headers": {name: value for name, value in headers.items() if name not in ADDED},
        "body": body(kind, serialized["body"]),
    }


def of_engine(method, target, headers, data):
    """What arrived."""
    path, _, query = target.partition("?")
    headers = {name.lower(): value for name, value in headers.items()}
    return {
        "method": method,
        "path": path,
        "query": pairs(query),
        "headers": {name: value for name, value in headers.items() if name not in ADDED},
        "body": body(headers.get("content-type"), data),
    }


def differences(expected, found):
    """In which parts two requests differ. botocore lets what is sent say its type where the protocol does not."""
    if "content-type" not in expected["headers"]:
        found["headers"].pop("content-type", None)
    return [
        f"{part}: botocore {short(expected[part])}\n        the engine {short(found[part])}"
        for part in expected
        if expected[part] != found[part]
    ]


def short(value):
    text = repr(value)
    return text if len(text) <= 1200 else text[:1200] + "..."
