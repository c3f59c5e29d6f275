"""Zips the executable of all tasks as `bootstrap`, reproducibly, and prints its size.

An executable that would not start on Lambda is refused, and nothing is written.
"""

import argparse
import hashlib
import re
import stat
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import elf

# The name of the zip, as `cdk/lib/package.ts` has it.
ZIP = "tasks.zip"
# The largest package, unpacked. Source: AWS Lambda quotas, "Deployment package".
MOST = 250 * 1024 * 1024
# The first day of the zip format: a real time would make a different file of the same bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)
# The libraries of provided.al2023 besides the loader: those of glibc, and that of the compiler.
LIBRARIES = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libgcc_s.so.1"}


@dataclass(frozen=True)
class Architecture:
    """The properties of an executable for one of Lambda's processors."""

    machine: int
    loader: str


ARCHITECTURES = {
    "x86_64": Architecture(62, "/lib64/ld-linux-x86-64.so.2"),
    "arm64": Architecture(183, "/lib/ld-linux-aarch64.so.1"),
}


class Unfit(Exception):
    """An executable that Lambda would not accept or start, and the reason."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--built", type=Path, required=True, help="the executable of all tasks")
    parser.add_argument("--arch", choices=ARCHITECTURES, required=True, help="the architecture it is built for")
    parser.add_argument("--glibc", required=True, help="the glibc of Lambda, such as 2.34")
    parser.add_argument("--out", type=Path, required=True, help="the folder for the zip")
    options = parser.parse_args()
    try:
        pack(options.built, options.arch, options.glibc, options.out)
    except Unfit as why:
        sys.exit(f"{why}. Nothing was packed.")


def pack(binary: Path, arch: str, glibc: str, out: Path) -> Path:
    """Checks the executable, writes its zip, and removes any other zip, such as those of older versions."""
    newest = look(binary, arch, glibc)
    out.mkdir(parents=True, exist_ok=True)
    zipped = out / ZIP
    for old in out.glob("*.zip"):
        if old != zipped:
            old.unlink()
    content = binary.read_bytes()
    write(content, zipped)
    size, digest = zipped.stat().st_size, hashlib.sha256(zipped.read_bytes()).hexdigest()
    print(
        f"{zipped}: {size / 1e6:.2f} MB zipped, {len(content) / 1e6:.2f} MB unpacked, for {arch};"
        f" it needs glibc {'.'.join(map(str, newest))}\nsha256 {digest}"
    )
    return zipped


def write(content: bytes, zipped: Path) -> None:
    """Writes the same zip for the same executable, whenever and wherever it was built."""
    entry = zipfile.ZipInfo("bootstrap", EPOCH)
    entry.external_attr = (stat.S_IFREG | 0o755) << 16
    entry.create_system = 3
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(zipped, "w") as made:
        made.writestr(entry, content, compresslevel=9)


def look(binary: Path, arch: str, glibc: str) -> tuple[int, ...]:
    """Refuses an executable that Lambda would not accept or start. Returns the newest glibc that it needs."""
    if not binary.is_file():
        raise Unfit(f"`{binary}` does not exist: cargo did not build it")
    content = binary.read_bytes()
    if len(content) > MOST:
        raise Unfit(f"`{binary}` has {len(content)} bytes, and Lambda accepts {MOST}")
    try:
        made = elf.read(content)
    except elf.NotElf as why:
        raise Unfit(f"`{binary}` is not an executable for Linux: {why}") from why
    wanted = ARCHITECTURES[arch]
    if made.machine != wanted.machine:
        known = {architecture.machine: name for name, architecture in ARCHITECTURES.items()}
        raise Unfit(f"`{binary}` is for {known.get(made.machine, f'machine {made.machine}')}, and not for {arch}")
    if made.loader not in (None, wanted.loader):
        raise Unfit(f"`{binary}` is started by `{made.loader}`, which Lambda lacks; it has `{wanted.loader}`")
    if lacking := set(made.libraries) - LIBRARIES - {Path(wanted.loader).name}:
        raise Unfit(f"`{binary}` needs `{'`, `'.join(sorted(lacking))}`, which Lambda lacks")
    newest = max(made.versions, key=_glibc, default="")
    if _glibc(newest) > _number(glibc):
        raise Unfit(
            f"`{binary}` needs `{newest}`, and Lambda has glibc {glibc}: build it on a system with an older glibc, "
            "or with `ZIG=1 make package`, which needs `pip install cargo-zigbuild ziglang`"
        )
    return _glibc(newest)


def _glibc(version: str) -> tuple[int, ...]:
    """The number in `GLIBC_2.34`. Other names of glibc are private to a build (`GLIBC_PRIVATE`) or newer features
    (`GLIBC_ABI_DT_RELR`): they count as newer than any number. Names of other libraries count as older.
    """
    if numbered := re.fullmatch(r"GLIBC_([\d.]+)", version):
        return _number(numbered[1])
    return (sys.maxsize,) if version.startswith("GLIBC_") else (0,)


def _number(dotted: str) -> tuple[int, ...]:
    return tuple(int(part) for part in dotted.split("."))


if __name__ == "__main__":
    main()
