"""What a tool says and is known not to hold: each entry says why, and one that nothing needs any more is a mistake."""

import json
import re
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("known.json")


class Known:
    """The list, and which of its entries were needed."""

    def __init__(self) -> None:
        self._entries: list[dict[str, Any]] = json.loads(FILE.read_text())
        self._needed: set[int] = set()

    def covers(self, tool: str, rule: str, text: str) -> bool:
        """Whether this is known not to hold."""
        for n, entry in enumerate(self._entries):
            if entry["tool"] == tool and entry["rule"] in ("", rule) and re.search(entry["says"], text):
                self._needed.add(n)
                return True
        return False

    def idle(self) -> list[str]:
        """Entries that no finding needed."""
        entries = (entry for n, entry in enumerate(self._entries) if n not in self._needed)
        return [f"known.json: nothing says `{entry['says']}` ({entry['tool']} {entry['rule']}) any more" for entry in entries]
