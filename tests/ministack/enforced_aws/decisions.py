"""Remembers every decision on a call: whose it was, what it wanted, and whether it was allowed."""

from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services import sts

ROOT = "root"


def record() -> list[dict[str, Any]]:
    """The decisions, to which each call adds its own."""
    log: list[dict[str, Any]] = []
    enforce, action_of = iam_evaluator.enforce, iam_actions.extract_iam_action

    def recorded(access_key: str, action: str, service: str, region: str, **about: Any) -> Any:
        denied = enforce(access_key, action, service, region, **about)
        resource = about.get("resource_arn", "*")
        log.append({"caller": _role(access_key), "action": action, "resource": resource, "allowed": denied is None})
        return denied

    def extracted(service: str, method: str, path: str, headers: dict, *more: Any) -> str | None:
        action = action_of(service, method, path, headers, *more)
        if action is None:
            # ministack lets pass what it has no name for.
            log.append({"caller": "?", "action": f"{service}: {method} {path}", "resource": "?", "allowed": None})
        return action

    iam_evaluator.enforce = recorded
    iam_actions.extract_iam_action = extracted
    return log


def _role(access_key: str) -> str:
    """The name of the role whose session it is, or `root`; for other keys the key itself."""
    if iam_evaluator.is_root_access_key(access_key):
        return ROOT
    arn = sts._sessions.get(access_key, {}).get("Arn", "")
    return arn.split("/")[1] if ":assumed-role/" in arn else access_key
