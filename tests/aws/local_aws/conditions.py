"""The conditions of a policy statement, as far as the tasks' policies use them: which fields of a Security Hub finding
a call writes.

Everything else is unknown rather than true or false, so that the statement can fail closed.
"""

from collections.abc import Callable, Mapping
from typing import Any

_FIELD = "securityhub:ASFFSyntaxPath/"

_OPERATORS: dict[str, Callable[[str | None, list[str]], bool]] = {
    "Null": lambda found, values: (found is None) == (values == ["true"]),
    "StringEquals": lambda found, values: found in values,
    "StringNotEquals": lambda found, values: found not in values,
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
    compare = _OPERATORS.get(operator)
    if compare is None or not key.lower().startswith(_FIELD.lower()):
        return None
    found: Any = parameters
    for name in key[len(_FIELD) :].split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return compare(None if found is None else str(found), [_text(value) for value in values])


def _text(value: Any) -> str:
    """A value as policies write it: JSON's `true` and `"true"` are the same to IAM."""
    return str(value).lower() if isinstance(value, bool) else str(value)
