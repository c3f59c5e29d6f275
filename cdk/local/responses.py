"""The responses of the repository, found in `statemachines/`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws import REPOSITORY

FOLDER = REPOSITORY / "statemachines"


@dataclass(frozen=True)
class Response:
    """A response that is deployed: one with rules."""

    folder: Path
    kind: str | None
    # The calls that make an account in which the sample events are true, if it has `account.json`.
    account: Mapping[str, Any] | None
    # Whether it can change something: one that only tells has nothing to take back.
    changes: bool

    @property
    def name(self) -> str:
        """The name of the folder, which is also the state machine's."""
        return self.folder.name

    @property
    def stack(self) -> str:
        """The name of its stack, as `cdk/lib/stacks/response.ts` has it."""
        return "Redress" + "".join(word.capitalize() for word in self.name.split("-"))

    def event(self, name: str | None = None) -> dict[str, Any]:
        """One of its sample events [default: that of `samples.json`, or the first that is not ignored]."""
        files = {
            file.stem: file
            for file in sorted((self.folder / "events").glob("*.json"))
            if not file.stem.startswith("ignored-")
        }
        samples = self.folder / "samples.json"
        if name is None and samples.is_file():
            name = Path(json.loads(samples.read_text())["event"]).stem
        event: dict[str, Any] = json.loads(files[name or next(iter(files))].read_text())
        return event


def responses() -> list[Response]:
    """Every response that is deployed, sorted by name."""
    found = []
    for folder in sorted(FOLDER.iterdir()):
        if list((folder / "rules").glob("*.json")):
            declared, account = _json(folder / "response.json"), _json(folder / "account.json")
            declared = declared or {}
            found.append(Response(folder, declared.get("kind"), account, declared.get("shape") != "tell"))
    return found


def of_kind(kind: str) -> Response:
    """The first response of a kind."""
    found = [response for response in responses() if response.kind == kind]
    if not found:
        raise LookupError(f"no folder of `{FOLDER}` has a response of the kind `{kind}`")
    return found[0]


def _json(file: Path) -> dict[str, Any] | None:
    return json.loads(file.read_text()) if file.is_file() else None
