"""Whether a role lets a session in: what its trust policy says of the caller, the external id and the session's tags.

As everywhere, only sessions are asked; an access key that STS did not issue is the administrator's.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from local_aws.request import Call

_TAG = re.compile(r"Tags\.member\.(\d+)\.Key")
_ACCOUNT = re.compile(r"arn:[\w-]+:iam::(\d{12}):")


def _any_like(found: Iterable[str], patterns: list[str]) -> bool:
    return any(_like(one, pattern) for one in found for pattern in patterns)


# The operators: each compares the values of a key in the request with those in the policy.
_OPERATORS: dict[str, Callable[[list[str], list[str]], bool]] = {
    "ArnEquals": _any_like,
    "ArnLike": _any_like,
    "ForAllValues:StringEquals": lambda found, values: all(one in values for one in found),
    "Null": lambda found, values: (not found) == (values == ["true"]),
    "StringEquals": lambda found, values: any(one in values for one in found),
    "StringLike": _any_like,
}


def asked(call: Call) -> list[str]:
    """The actions that a call to assume a role needs, of the caller's policies and of the role's trust policy."""
    if (call.service, call.action) != ("sts", "AssumeRole"):
        return []
    return ["sts:AssumeRole", *(["sts:TagSession"] if _tags(call) else [])]


def refused(call: Call, account: str, role_arn: str) -> str | None:
    """The action that the role of the call does not let this role of this account do, if there is one."""
    statements = _statements(call.parameters.get("RoleArn", ""), get_partition(call.region))
    context = _context(call, role_arn)
    for action in asked(call):
        effects = {one["Effect"] for one in statements if _applies(one, action, account, role_arn, context)}
        if effects != {"Allow"}:
            return action
    return None


def _statements(arn: str, partition: str) -> list[Mapping[str, Any]]:
    """The trust policy of a role, whichever account it is of. A role that is not there trusts nobody."""
    account = _ACCOUNT.match(arn)
    try:
        role = iam_backends[account[1]][partition].get_role_by_arn(arn) if account else None
    except NotFoundException:
        role = None
    return _list(json.loads(role.assume_role_policy_document)["Statement"]) if role else []


def _applies(
    statement: Mapping[str, Any], action: str, account: str, role_arn: str, context: Mapping[str, list[str]]
) -> bool:
    named = statement.get("Principal", {})
    trusted = ["*"] if named == "*" else _list(named.get("AWS", []))
    root = re.sub(r":iam::\d{12}:.*", f":iam::{account}:root", role_arn)
    if not {"*", account, root, role_arn} & set(trusted):
        return False
    if not any(_like(action.lower(), one.lower()) for one in _list(statement.get("Action", []))):
        return False
    verdicts = [
        _OPERATORS[operator](context.get(key.lower(), []), [str(value) for value in _list(values)])
        if operator in _OPERATORS
        # A condition that cannot be evaluated here fails closed.
        else statement["Effect"] == "Deny"
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    ]
    return all(verdicts)


def _context(call: Call, role_arn: str) -> dict[str, list[str]]:
    tags = _tags(call)
    external_id = call.parameters.get("ExternalId")
    return {
        "aws:principalarn": [role_arn],
        "aws:tagkeys": list(tags),
        "sts:externalid": [external_id] if external_id else [],
        **{f"aws:requesttag/{key.lower()}": [value] for key, value in tags.items()},
    }


def _tags(call: Call) -> dict[str, str]:
    """The tags that the session is to have."""
    numbers = (found[1] for found in map(_TAG.fullmatch, call.parameters) if found)
    prefixes = (f"Tags.member.{number}" for number in numbers)
    return {call.parameters[f"{one}.Key"]: call.parameters.get(f"{one}.Value", "") for one in prefixes}


def _like(text: str, pattern: str) -> bool:
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
