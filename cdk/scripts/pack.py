"""Zips the binary of each task as `bootstrap`, reproducibly, and says how large each is."""

import argparse
import hashlib
import json
import sys
import zipfile
from pathlib import Path

# The most that a zip may hold, unpacked. Source: AWS Lambda quotas, "Deployment package".
MOST = 250 * 1024 * 1024
# The first day that a zip knows: times would make another file of the same bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--built", type=Path, required=True)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    names = [task["name"] for task in json.loads(options.manifest.read_text())]
    for old in options.out.glob("*.zip"):
        if old.stem not in names:
            old.unlink()
    total = 0
    for name in names:
        size, unpacked, digest = pack(options.built / name, options.out / f"{name}.zip")
        total += size
        print(f"{name:<22} {size / 1e6:6.2f} MB zipped {unpacked / 1e6:7.2f} MB unpacked   sha256 {digest[:16]}")
    print(f"{len(names)} zips, {total / 1e6:.1f} MB, in {options.out}")


def pack(binary: Path, zipped: Path) -> tuple[int, int, str]:
    """Writes one zip, and gives its size, that of the binary, and its digest."""
    if not binary.is_file():
        sys.exit(f"`{binary}` is not there: cargo did not build it")
    content = binary.read_bytes()
    if len(content) > MOST:
        sys.exit(f"`{binary}` has {len(content)} bytes, and Lambda takes {MOST}")
    entry = zipfile.ZipInfo("bootstrap", EPOCH)
    entry.external_attr = 0o755 << 16
    entry.create_system = 3
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(zipped, "w", compresslevel=9) as made:
        made.writestr(entry, content, compresslevel=9)
    return zipped.stat().st_size, len(content), hashlib.sha256(zipped.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
