"""Remembers which AWS calls were made, by whom, and how they ended: what a test asserts, and what `--log` writes.
`caller`, `service`, `action` and `allowed` are what the AWS that enforces IAM writes of a call, too.
"""

import json
from typing import Any, TextIO

from local_aws.request import Call


class Calls:
    """The calls since the start or the last reset, in the order in which they ended."""

    def __init__(self, log: TextIO | None = None) -> None:
        self._log = log
        self._records: list[dict[str, Any]] = []

    def record(self, call: Call, caller: str, session: str | None, allowed: bool, status: int) -> None:
        """One more. `allowed` is what IAM said: not every refusal has the same status. A
        session of a response role names its task.
        """
        record = {
            "n": len(self._records) + 1,
            "service": call.service,
            "action": call.action,
            "caller": caller,
            "allowed": allowed,
            "status": status,
        }
        if session:
            record["session"] = session
        self._records.append(record)
        if self._log:
            self._log.write(json.dumps(record) + "\n")

    def all(self) -> list[dict[str, Any]]:
        return list(self._records)

    def reset(self) -> None:
        self._records.clear()
