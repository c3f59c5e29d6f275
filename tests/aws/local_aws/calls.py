"""Remembers which AWS calls were made, by whom, and how they ended: what a test asserts, and what `--log` writes."""

import json
from typing import Any, TextIO

from local_aws.request import Call


class Calls:
    """The calls since the start or the last reset, in the order in which they ended."""

    def __init__(self, log: TextIO | None = None) -> None:
        self._log = log
        self._records: list[dict[str, Any]] = []

    def record(self, call: Call, caller: str, session: str | None, status: int) -> None:
        record = {
            "n": len(self._records) + 1,
            "service": call.service,
            "action": call.action,
            "caller": caller,
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
