"""Starts an emulator of AWS as a process, and ends it: `local_aws`, which is moto, or `enforced_aws`, which is ministack.

Both print a line of JSON with their endpoint once they serve, and end with their standard input, so that they never
outlive the program that started them. The tests of both, and the local deployment in `cdk/local`, use this module.
"""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO

_TESTS = Path(__file__).resolve().parent

# The folder of each module, and its virtual environment below `target/`.
_PLACES = {"local_aws": ("aws", "venv"), "enforced_aws": ("ministack", "ministack")}


class Emulator:
    """A running emulator."""

    def __init__(
        self,
        module: str,
        *options: str,
        python: str | None = None,
        environment: Mapping[str, str] | None = None,
        errors: int | IO[bytes] | None = None,
    ) -> None:
        """Starts it and waits until it serves. `python` is that of its virtual environment by default. Functions that
        ministack runs inherit `environment`, by default that of this process.
        """
        folder, virtual = _PLACES[module]
        python = python or str(_TESTS.parent / "target" / virtual / "bin" / "python")
        self.process = subprocess.Popen(
            [python, "-m", module, *options],
            cwd=_TESTS / folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            self.end()
            raise RuntimeError(f"`{module}` did not start; it exited with {self.process.returncode}")
        self.endpoint: str = json.loads(line)["endpoint"]

    def end(self) -> tuple[int, str]:
        """Ends its standard input. Returns its exit code and the rest of its output."""
        rest, _ = self.process.communicate()
        return self.process.returncode, rest
