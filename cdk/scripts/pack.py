"""Zips the binary of each task as `bootstrap`, reproducibly, and says how large each is.

A binary that would not start on Lambda is refused, and then nothing is written.
"""

import argparse
import hashlib
import json
import re
import stat
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import elf

# The most that a zip may hold, unpacked. Source: AWS Lambda quotas, "Deployment package".
MOST = 250 * 1024 * 1024
# The first day that a zip knows: times would make another file of the same bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)
# The libraries that are in provided.al2023 besides the loader: those of glibc, and that of the compiler.
LIBRARIES = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libgcc_s.so.1"}


@dataclass(frozen=True)
class Architecture:
    """What a binary must be to run on one of Lambda's processors."""

    machine: int
    loader: str


ARCHITECTURES = {
    "x86_64": Architecture(62, "/lib64/ld-linux-x86-64.so.2"),
    "arm64": Architecture(183, "/lib/ld-linux-aarch64.so.1"),
}


class Unfit(Exception):
    """A binary that Lambda would not take or start, and why."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--built", type=Path, required=True, help="the folder with the binaries")
    parser.add_argument("--arch", choices=ARCHITECTURES, required=True, help="what they are built for")
    parser.add_argument("--glibc", required=True, help="the glibc of Lambda, such as 2.34")
    parser.add_argument("--manifest", type=Path, required=True, help="tasks/manifest.json")
    parser.add_argument("--out", type=Path, required=True, help="takes the zips")
    options = parser.parse_args()
    names = [task["name"] for task in json.loads(options.manifest.read_text())]
    try:
        pack_all(options.built, names, options.arch, options.glibc, options.out)
    except Unfit as why:
        sys.exit(f"{why}. Nothing was packed.")


def pack_all(built: Path, names: list[str], arch: str, glibc: str, out: Path) -> None:
    """Looks at every binary, then writes a zip for each and removes those of tasks that are no more."""
    newest = [look(built / name, arch, glibc) for name in names]
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.zip"):
        if old.stem not in names:
            old.unlink()
    total = 0
    for name in names:
        size, unpacked, digest = pack(built / name, out / f"{name}.zip")
        total += size
        print(f"{name:<20} {size / 1e6:5.2f} MB zipped {unpacked / 1e6:6.2f} MB unpacked  sha256 {digest}")
    print(f"{len(names)} zips for {arch}, {total / 1e6:.1f} MB, in {out}; they want glibc {'.'.join(map(str, max(newest)))}")


def look(binary: Path, arch: str, glibc: str) -> tuple[int, ...]:
    """Refuses what Lambda would not take or start; gives the newest glibc that it wants."""
    if not binary.is_file():
        raise Unfit(f"`{binary}` is not there: cargo did not build it")
    content = binary.read_bytes()
    if len(content) > MOST:
        raise Unfit(f"`{binary}` has {len(content)} bytes, and Lambda takes {MOST}")
    try:
        made = elf.read(content)
    except elf.NotElf as why:
        raise Unfit(f"`{binary}` is no binary for Linux: {why}") from why
    wanted = ARCHITECTURES[arch]
    if made.machine != wanted.machine:
        known = {architecture.machine: name for name, architecture in ARCHITECTURES.items()}
        raise Unfit(f"`{binary}` is for {known.get(made.machine, f'machine {made.machine}')}, and not for {arch}")
    if made.loader not in (None, wanted.loader):
        raise Unfit(f"`{binary}` is started by `{made.loader}`, which Lambda lacks; it has `{wanted.loader}`")
    if lacking := set(made.libraries) - LIBRARIES - {Path(wanted.loader).name}:
        raise Unfit(f"`{binary}` wants `{'`, `'.join(sorted(lacking))}`, which Lambda lacks")
    newest = max(made.versions, key=_glibc, default="")
    if _glibc(newest) > _number(glibc):
        raise Unfit(
            f"`{binary}` wants `{newest}`, and Lambda has glibc {glibc}: build it where glibc is older, "
            "or with `ZIG=1 make package`, which wants `pip install cargo-zigbuild ziglang`"
        )
    return _glibc(newest)


def pack(binary: Path, zipped: Path) -> tuple[int, int, str]:
    """Writes one zip, and gives its size, that of the binary, and the digest of the zip."""
    content = binary.read_bytes()
    entry = zipfile.ZipInfo("bootstrap", EPOCH)
    entry.external_attr = (stat.S_IFREG | 0o755) << 16
    entry.create_system = 3
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(zipped, "w") as made:
        made.writestr(entry, content, compresslevel=9)
    return zipped.stat().st_size, len(content), hashlib.sha256(zipped.read_bytes()).hexdigest()


def _glibc(version: str) -> tuple[int, ...]:
    """The number in `GLIBC_2.34`. Other names of glibc are of one build of it (`GLIBC_PRIVATE`) or of what came later
    (`GLIBC_ABI_DT_RELR`): they are newer than any number. What is not of glibc is older.
    """
    if numbered := re.fullmatch(r"GLIBC_([\d.]+)", version):
        return _number(numbered[1])
    return (sys.maxsize,) if version.startswith("GLIBC_") else (0,)


def _number(dotted: str) -> tuple[int, ...]:
    return tuple(int(part) for part in dotted.split("."))


if __name__ == "__main__":
    main()
