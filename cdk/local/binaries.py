"""A package for functions that run on this machine: it starts the executable of the tasks in the place of its build.

The emulator runs a function as a process with its handler in `_HANDLER`, so the executable need not be copied: a debug build
has hundreds of megabytes. `make package` makes the package for AWS; `REDRESS_PACKAGE` names the folder of another one.
"""

import zipfile
from pathlib import Path


def pack(folder: Path, executable: Path) -> Path:
    """Writes the package, and returns its folder."""
    if not executable.is_file():
        raise FileNotFoundError(f"`{executable}` does not exist: `cargo build --workspace --bins` builds it")
    folder.mkdir(parents=True, exist_ok=True)
    bootstrap = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
    bootstrap.external_attr = 0o755 << 16
    with zipfile.ZipFile(folder / "tasks.zip", "w") as made:
        made.writestr(bootstrap, f'#!/bin/sh\nexec "{executable}"\n')
    return folder
