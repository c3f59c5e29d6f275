"""Remembers every decision on a call: who asked for what, and whether it was allowed. `caller`, `service`, `action` and
`allowed` are what local AWS writes of a call, too.
"""

import json
from typing import Any, TextIO

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id
from ministack.core.router import extract_access_key_id

ROOT = "root"
NOBODY = "?"


class Decisions:
    """The decisions since the start."""

    def __init__(self, log: TextIO | None) -> None:
        self._log = log
        self._records: list[dict[str, Any]] = []

    def add(self, access_key: str, action: str, resource: str, allowed: bool | None) -> None:
        """One more, of an action such as `iam:GetRole`. None is a call that nobody decided on."""
        caller, session = _who(access_key)
        service, _, name = action.partition(":")
        record = {
            "caller": caller,
            "session": session,
            "service": service,
            "action": name,
            "resource": resource,
            "allowed": allowed,
        }
        self._records.append(record)
        if self._log:
            self._log.write(json.dumps(record) + "\n")

    def all(self) -> list[dict[str, Any]]:
        return list(self._records)


def record(log: TextIO | None) -> Decisions:
    """Lets each call add its own."""
    decisions = Decisions(log)
    enforce, action_of = iam_evaluator.enforce, iam_actions.extract_iam_action

    def recorded(access_key: str, action: str, service: str, region: str, resource_arn: str = "*", **more: Any) -> Any:
        denied = enforce(access_key, action, service, region, resource_arn, **more)
        decisions.add(access_key, action, resource_arn, denied is None)
        return denied

    def extracted(service: str, method: str, path: str, headers: dict, body: bytes, query: dict) -> str | None:
        action = action_of(service, method, path, headers, body, query)
        if action is None:
            # ministack lets pass what it has no name for.
            decisions.add(extract_access_key_id(headers, query), f"{service}:{method} {path}", "*", None)
        return action

    iam_evaluator.enforce = recorded
    iam_actions.extract_iam_action = extracted
    return decisions


def _who(access_key: str) -> tuple[str, str]:
    """The role and the name of a session; `root`; of other keys the key itself."""
    if iam_evaluator.is_root_access_key(access_key):
        return ROOT, ""
    arn = getattr(iam_evaluator.resolve_principal(access_key, get_account_id()), "arn", "")
    if ":assumed-role/" not in arn:
        return access_key or NOBODY, ""
    _, role, session = arn.split("/", 2)
    return role, session
