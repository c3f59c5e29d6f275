"""Findings of tools that are known to be wrong. Each entry has its reason, and an entry that matches nothing is a mistake."""

import json
import re
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("known.json")


class Known:
    """The list, and the entries that have matched a finding."""

    def __init__(self) -> None:
        self._entries: list[dict[str, Any]] = json.loads(FILE.read_text())
        self._needed: set[int] = set()

    def covers(self, tool: str, rule: str, text: str) -> bool:
        """Whether a finding is known to be wrong."""
        for n, entry in enumerate(self._entries):
            if entry["tool"] == tool and entry["rule"] in ("", rule) and re.search(entry["says"], text):
                self._needed.add(n)
                return True
        return False

    def idle(self) -> list[str]:
        """Entries that match no finding."""
        entries = (entry for n, entry in enumerate(self._entries) if n not in self._needed)
        return [
            f"known.json: no finding matches `{entry['says']}` ({entry['tool']} {entry['rule']}) any more: remove the entry"
            for entry in entries
        ]
