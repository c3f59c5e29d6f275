"""What IAM is told of a request besides what ministack 1.5.33 finds out: which resource it is about, and its context.

The decision stays ministack's: statements, effects, wildcards, condition operators, boundaries, sessions, signatures.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb, iam

_KINDS = (
    # A call that names a profile and a role is about the profile; one that names a group and a user about the group.
    ("InstanceProfileName", "instance-profile", iam._instance_profiles),
    ("RoleName", "role", iam._roles),
    ("GroupName", "group", iam._groups),
    ("UserName", "user", iam._users),
)
_TOKEN_CALLS = ("SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat")


def tell_more(machines: Mapping[str, str], elsewhere: Mapping[str, str]) -> None:
    """Tells it more from now on. `machines` has the state machine of each task token; `elsewhere` has `states` where
    Step Functions is not ministack's, and tokens are unknown here.
    """
    resource_of, context_of = iam_actions.extract_resource_arn, iam_actions.request_tag_context

    def resource(
        service: str, method: str, path: str, headers: dict, body: bytes, parameters: dict, region: str, account: str
    ) -> str:
        known = resource_of(service, method, path, headers, body, parameters, region, account)
        if service == "iam":
            return _with_its_path(parameters, account) or known
        if service == "states" and headers.get("x-amz-target", "").endswith(_TOKEN_CALLS):
            return _machine_of_token(body, machines, f"arn:aws:states:{region}:{account}:stateMachine:*", elsewhere)
        return known

    def context(service: str, action: str, body: bytes, parameters: dict) -> dict:
        return {
            **context_of(service, action, body, parameters),
            **_keys(service, action, body),
            **_boundary(service, parameters),
        }

    key_of = iam_evaluator._resolve_condition_key
    iam_evaluator._resolve_condition_key = lambda key, context: (
        _role_of(context) if key.lower() == "aws:principalarn" else key_of(key, context)
    )
    iam_actions.extract_resource_arn = resource
    iam_actions.request_tag_context = context
    # A policy that wants TLS is content: on AWS these calls have it, and here they have not.
    pin = app.pin_request_origin
    app.pin_request_origin = lambda address, secure: pin(address, True)


def _role_of(context: Any) -> str:
    """`aws:PrincipalArn` of a session is the ARN of its role, with the path; ministack says that of the session."""
    arn = str(context.principal_arn)
    if ":assumed-role/" not in arn:
        return arn
    role = iam._roles.get_scoped(context.principal_account, None, arn.split("/")[1])
    return str(role["Arn"]) if role else arn


def _with_its_path(parameters: Mapping[str, Any], account: str) -> str | None:
    """The ARN of a role, a user, a group or an instance profile. ministack leaves out its path, and so never sees what is
    under `/redress/`; and where a call names a policy and a group it takes the policy.
    """
    for name, kind, known in _KINDS:
        if value := _first(parameters.get(name)):
            if record := known.get(value):
                return str(record["Arn"])
            path = _first(parameters.get("Path")) or "/"
            return f"arn:aws:iam::{account}:{kind}{path}{value}"
    # A report of last accesses is about what it names.
    return _first(parameters.get("Arn"))


def _machine_of_token(body: bytes, machines: Mapping[str, str], any_machine: str, elsewhere: Mapping[str, str]) -> str:
    """AWS compares `states:SendTask…` with the state machine of the token. Which one that is only Step Functions knows:
    of another's tokens it is told that they are of some machine of the account.
    """
    if "states" in elsewhere:
        return any_machine
    return machines.get(str(_object(body).get("taskToken")), "*")


def _keys(service: str, action: str, body: bytes) -> dict[str, Any]:
    """The condition keys of a request that ministack does not have."""
    if service == "dynamodb" and (leading := _leading_keys(_object(body))):
        return {"dynamodb:LeadingKeys": leading}
    if service == "kms":
        context = _object(body).get("EncryptionContext") or {}
        keys = {f"kms:EncryptionContext:{name}": value for name, value in context.items()}
        return {**keys, "kms:EncryptionContextKeys": list(context)}
    if action == "securityhub:BatchUpdateFindings":
        return dict(_asff_paths(_object(body)))
    return {}


def _boundary(service: str, parameters: Mapping[str, Any]) -> dict[str, str]:
    """The permissions boundary that a call of IAM puts, or else the one that its role or user has."""
    if service != "iam":
        return {}
    put = _first(parameters.get("PermissionsBoundary"))
    known = (("RoleName", iam._roles), ("UserName", iam._users))
    records = (records.get(value) for name, records in known if (value := _first(parameters.get(name))))
    present = next((record.get("PermissionsBoundary") for record in records if record), None)
    boundary = put or present
    return {"iam:PermissionsBoundary": boundary} if boundary else {}


def _leading_keys(request: Mapping[str, Any]) -> list[str]:
    """The value of the partition key of the one item that a call names. Of queries, scans, batches and transactions it is
    told none, so that `Null` denies them: stricter than AWS.
    """
    item = request.get("Key") or request.get("Item")
    table = dynamodb._tables.get(str(request.get("TableName")).rpartition("/")[2])
    if not isinstance(item, dict) or table is None:
        return []
    return [str(text) for text in item.get(table["pk_name"], {}).values()]


def _asff_paths(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """`securityhub:ASFFSyntaxPath/Workflow.Status` and so on, of what a call writes to findings."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if path or name != "FindingIdentifiers":
                yield from _asff_paths(inner, f"{path}.{name}" if path else name)
    elif not isinstance(value, list):
        yield f"securityhub:ASFFSyntaxPath/{path}", str(value)


def _object(body: bytes) -> dict[str, Any]:
    value = json.loads(body or b"{}")
    return value if isinstance(value, dict) else {}


def _first(value: Any) -> str | None:
    return (value[0] if value else None) if isinstance(value, list) else value
