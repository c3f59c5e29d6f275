"""Zips for functions that run on this machine: each starts the binary that was built, where it was built.

The emulator runs a function as a process, so the binary need not be copied: a debug build of all tasks has a gigabyte.
`make package` makes the zips that go to AWS; `REDRESS_PACKAGE` names a folder with those instead.
"""

import json
import zipfile
from pathlib import Path


def pack(folder: Path, built: Path, manifest: Path) -> Path:
    """Writes one zip for each task of the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    for task in json.loads(manifest.read_text()):
        binary = built / task["name"]
        if not binary.is_file():
            raise FileNotFoundError(f"`{binary}` is not there: `cargo build --workspace --bins` builds it")
        bootstrap = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
        bootstrap.external_attr = 0o755 << 16
        with zipfile.ZipFile(folder / f"{task['name']}.zip", "w") as made:
            made.writestr(bootstrap, f'#!/bin/sh\nexec "{binary}"\n')
    return folder
