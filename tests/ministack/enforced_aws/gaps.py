"""What ministack 1.5.33 lacks to decide on the statements of `tasks/manifest.json`, and where it hands on what it does
not have. Everything that reaches into its modules to change them stands here.

It decides by itself: statements, effects, wildcards, condition operators, boundaries, sessions, signatures. It is only
told more of a request than it would find out:

- the path in the ARN of a role, user, group or instance profile (it leaves the path out, and so never sees that a role
  is under `/redress/`), that calls of instance profiles are about one, and what a report of last accesses is about;
- `dynamodb:LeadingKeys` of the calls that name one item. Of others the key stays absent, and `Null` denies them;
- `securityhub:ASFFSyntaxPath/...`, and the encryption context of a call to KMS;
- `SetDefaultPolicyVersion`, which it does not have;
- that a task token belongs to a state machine of the account. Which one only Step Functions knows, so a grant that
  names a single machine cannot be tested here.

Security Hub, which it does not have, goes on to local AWS, and Step Functions to the engine, once they are allowed.
"""

import asyncio
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

from ministack import app
from ministack.core import iam_actions, router
from ministack.services import dynamodb, iam

_KINDS = (
    # A call that names a profile and a role is about the profile; one that names a group and a user about the group.
    ("InstanceProfileName", "instance-profile", iam._instance_profiles),
    ("RoleName", "role", iam._roles),
    ("GroupName", "group", iam._groups),
    ("UserName", "user", iam._users),
)
_TOKEN_CALLS = ("SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat")


def fill(security_hub: str) -> dict[str, str]:
    """Mends ministack, and returns where each service goes on to: a table that may be changed while it runs."""
    elsewhere = {"securityhub": security_hub}
    iam_actions.SERVICE_TO_IAM_NAMESPACE["securityhub"] = "securityhub"
    iam_actions._BOTOCORE_SERVICE_MAP["securityhub"] = ["securityhub"]
    # The name of the service and the paths of the calls that a task may make. It would read every model that botocore
    # has to find them, which takes ten seconds.
    router._KNOWN_AWS_SERVICE_NAMES = frozenset({"securityhub"})
    iam_actions._REST_ROUTE_CACHE["securityhub"] = [
        ("POST", re.compile("^/findings$"), "GetFindings", 1, {}),
        ("PATCH", re.compile("^/findings/batchupdate$"), "BatchUpdateFindings", 2, {}),
    ]
    iam._IAM_HANDLERS["SetDefaultPolicyVersion"] = _set_default_policy_version
    resource_of = iam_actions.extract_resource_arn

    def extract_resource_arn(
        service: str, method: str, path: str, headers: dict, body: bytes, parameters: dict, region: str, account: str
    ) -> str:
        known = resource_of(service, method, path, headers, body, parameters, region, account)
        if service == "iam":
            return _with_path(parameters, account) or known
        if service == "states" and headers.get("x-amz-target", "").endswith(_TOKEN_CALLS):
            return f"arn:aws:states:{region}:{account}:stateMachine:*"
        return known

    def request_tag_context(service: str, action: str, body: bytes, parameters: dict) -> dict:
        # Without the tags of a request, for which ministack would read the models of whole services, and on which no
        # grant of the manifest has a condition.
        keys: dict[str, Any] = {}
        if service == "dynamodb" and (leading := _leading_keys(body)):
            keys["dynamodb:LeadingKeys"] = leading
        if service == "kms":
            context = json.loads(body).get("EncryptionContext") or {}
            keys.update({f"kms:EncryptionContext:{name}": value for name, value in context.items()})
            keys["kms:EncryptionContextKeys"] = list(context)
        if service == "securityhub" and action == "securityhub:BatchUpdateFindings":
            keys.update(_asff_paths(json.loads(body)))
        return keys

    iam_actions.extract_resource_arn = extract_resource_arn
    iam_actions.request_tag_context = request_tag_context
    for service in ("securityhub", "states"):
        app.SERVICE_HANDLERS[service] = _forward(service, elsewhere)
    return elsewhere


def _with_path(parameters: dict[str, Any], account: str) -> str | None:
    for name, kind, known in _KINDS:
        if value := _first(parameters.get(name)):
            if record := known.get(value):
                return record["Arn"]
            path = _first(parameters.get("Path")) or "/"
            return f"arn:aws:iam::{account}:{kind}{path}{value}"
    # A report of last accesses is about what it names.
    return _first(parameters.get("Arn"))


def _set_default_policy_version(parameters: dict[str, Any]) -> Any:
    arn, version = _first(parameters.get("PolicyArn")), _first(parameters.get("VersionId"))
    policy = iam._policies.get(arn)
    if policy is None or version not in policy["Versions"]:
        return iam._error(404, "NoSuchEntity", f"Policy {arn} version {version} does not exist.", ns="iam")
    for name, one in policy["Versions"].items():
        one["IsDefaultVersion"] = name == version
    policy["DefaultVersionId"] = version
    return iam._xml(200, "SetDefaultPolicyVersionResponse", "", ns="iam")


def _first(value: Any) -> str | None:
    return (value[0] if value else None) if isinstance(value, list) else value


def _leading_keys(body: bytes) -> list[str]:
    """The value of the partition key of the one item that a call names."""
    request = json.loads(body or b"{}")
    item = request.get("Key") or request.get("Item")
    table = dynamodb._tables.get(str(request.get("TableName")).rpartition("/")[2])
    if not isinstance(item, dict) or table is None:
        return []
    value = item.get(table["pk_name"], {})
    return [str(text) for text in value.values()]


def _asff_paths(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """`securityhub:ASFFSyntaxPath/Workflow.Status` and so on, of what a call writes to findings."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if path or name != "FindingIdentifiers":
                yield from _asff_paths(inner, f"{path}.{name}" if path else name)
    elif not isinstance(value, list):
        yield f"securityhub:ASFFSyntaxPath/{path}", str(value)


def _forward(service: str, elsewhere: dict[str, str]) -> Any:
    """Sends on what was allowed, as it came."""

    def send(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        kept = {name: value for name, value in headers.items() if name not in ("connection", "transfer-encoding")}
        request = urllib.request.Request(elsewhere[service] + path, body, kept, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            answer = opener.open(request, timeout=20)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        with answer:
            told = {name: answer.headers[name] for name in ("content-type", "x-amzn-errortype") if name in answer.headers}
            return answer.status, told, answer.read()

    async def handle(method: str, path: str, headers: dict, body: bytes, _query: dict) -> tuple[int, dict, bytes]:
        return await asyncio.to_thread(send, method, path, headers, body)

    return handle
