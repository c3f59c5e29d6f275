"""The conditions of a policy statement, as far as the tasks' policies use them: which fields of a Security Hub finding
a call writes, which records of the case table it is about, what binds a text that KMS encrypts, and which policy or
permissions boundary a call of IAM is about.

Everything else is unknown rather than true or false, so that the statement can fail closed.
"""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

_FIELD = "securityhub:ASFFSyntaxPath/"
_LEADING_KEYS = "dynamodb:LeadingKeys"
_CONTEXT_KEYS = "kms:EncryptionContextKeys"
_CONTEXT = "kms:EncryptionContext:"
# The permissions boundary that a call puts, or that its role or user has.
BOUNDARY = "iam:PermissionsBoundary"
# The managed policy that a call attaches or detaches.
_POLICY = "iam:PolicyARN"

# The partition key of the case table.
_PARTITION_KEY = "pk"

_OPERATORS: dict[str, Callable[[str | None, list[str]], bool]] = {
    "ArnEquals": lambda found, values: found is not None and any(_like(found, value) for value in values),
    "Null": lambda found, values: (found is None) == (values == ["true"]),
    "StringEquals": lambda found, values: found in values,
    "StringNotEquals": lambda found, values: found not in values,
    "ArnLike": lambda found, values: found is not None and any(_like(found, value) for value in values),
}

_OPERATORS_ON_KEYS: dict[str, Callable[[list[str], list[str]], bool]] = {
    "Null": lambda found, values: (not found) == (values == ["true"]),
    "ForAllValues:StringEquals": lambda found, values: all(one in values for one in found),
    "ForAllValues:StringLike": lambda found, values: all(any(_like(one, value) for value in values) for one in found),
}


def hold(conditions: Mapping[str, Mapping[str, Any]], parameters: Mapping[str, Any]) -> bool | None:
    """Whether all the conditions hold for a call with these parameters; nothing if that cannot be known here."""
    verdicts = [
        _holds(operator, key, values if isinstance(values, list) else [values], parameters)
        for operator, keys in conditions.items()
        for key, values in keys.items()
    ]
    # One that is false decides, whatever the unknown ones would say.
    if any(verdict is False for verdict in verdicts):
        return False
    return None if None in verdicts else True


def _holds(operator: str, key: str, values: list[Any], parameters: Mapping[str, Any]) -> bool | None:
    if key.lower() == _LEADING_KEYS.lower():
        on_keys = _OPERATORS_ON_KEYS.get(operator)
        return on_keys and on_keys(_leading_keys(parameters), [_text(value) for value in values])
    if key.lower() == BOUNDARY.lower():
        on_boundary = _OPERATORS.get(operator)
        return on_boundary and on_boundary(parameters.get(BOUNDARY), [_text(value) for value in values])
    if key.lower() == _POLICY.lower():
        on_policy = _OPERATORS.get(operator)
        return on_policy and on_policy(parameters.get("PolicyArn"), [_text(value) for value in values])
    context = parameters.get("EncryptionContext", {})
    if key.lower() == _CONTEXT_KEYS.lower():
        on_keys = _OPERATORS_ON_KEYS.get(operator)
        return on_keys and on_keys(list(context), [_text(value) for value in values])
    if key.lower().startswith(_CONTEXT.lower()):
        on_context = _OPERATORS.get(operator)
        return on_context and on_context(context.get(key[len(_CONTEXT) :]), [_text(value) for value in values])
    compare = _OPERATORS.get(operator)
    if compare is None or not key.lower().startswith(_FIELD.lower()):
        return None
    found: Any = parameters
    for name in key[len(_FIELD) :].split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return compare(None if found is None else str(found), [_text(value) for value in values])


def _leading_keys(parameters: Mapping[str, Any]) -> list[str]:
    """The partition keys that a GetItem or a PutItem is about."""
    records = (parameters.get(name, {}) for name in ("Key", "Item"))
    return [record[_PARTITION_KEY]["S"] for record in records if "S" in record.get(_PARTITION_KEY, {})]


def _like(text: str, pattern: str) -> bool:
    """Whether a pattern with `*` and `?` takes a text; `[` means itself to IAM, and not to fnmatch."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def _text(value: Any) -> str:
    """A value as policies write it: JSON's `true` and `"true"` are the same to IAM."""
    return str(value).lower() if isinstance(value, bool) else str(value)
