"""Decides on a call by policy documents, as IAM does: everything is denied but what is allowed, and an explicit deny
wins over every allow.
"""

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

from local_aws import conditions


class Decision(Enum):
    """The decision on a call, as AWS's messages phrase it."""

    ALLOWED = "it is allowed"
    DENIED = "with an explicit deny in an identity-based policy"
    NOT_ALLOWED = "because no identity-based policy allows the {action} action"


def decide(
    documents: Iterable[Mapping[str, Any]], action: str, resource: str, parameters: Mapping[str, Any]
) -> Decision:
    """Evaluates every statement of every document. A resource that is not known is `*`."""
    effects = {
        statement["Effect"]
        for document in documents
        for statement in _list(document["Statement"])
        if _applies(statement, action, resource, parameters)
    }
    if "Deny" in effects:
        return Decision.DENIED
    return Decision.ALLOWED if "Allow" in effects else Decision.NOT_ALLOWED


def _applies(statement: Mapping[str, Any], action: str, resource: str, parameters: Mapping[str, Any]) -> bool:
    if not _selects(statement, "Action", action.lower()) or not _selects(statement, "Resource", resource):
        return False
    verdict = conditions.hold(statement.get("Condition", {}), parameters)
    # A condition that cannot be evaluated here fails closed.
    return statement["Effect"] == "Deny" if verdict is None else verdict


def _selects(statement: Mapping[str, Any], element: str, value: str) -> bool:
    """Whether `Action` or `Resource` lists the value, or `NotAction` or `NotResource` does not."""
    patterns = _list(statement.get(element, statement.get(f"Not{element}", [])))
    if element == "Action":
        patterns = [pattern.lower() for pattern in patterns]
    listed = any(_wildcards(pattern).fullmatch(value) for pattern in patterns)
    return listed == (element in statement)


@lru_cache(maxsize=4096)
def _wildcards(pattern: str) -> re.Pattern[str]:
    text = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(text, re.DOTALL)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
