"""The package runs on Lambda, and is the same each time."""

import contextlib
import io
import json
import os
import platform
import struct
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from typing import Any
from unittest import mock

import elf
import pack

CASES = Path(__file__).with_name("cases")
GLIBC = "2.34"


class Executables(unittest.TestCase):
    def test_an_executable_that_would_not_start_on_lambda_is_refused_with_a_reason(self) -> None:
        cases = sorted(CASES.glob("*.json"))
        self.assertGreater(len(cases), 10)
        for file in cases:
            case = json.loads(file.read_text())
            with self.subTest(case=file.stem), tempfile.TemporaryDirectory() as folder:
                self.assertEqual(set(case), {"arch", "binary", "says"})
                binary = Path(folder, "tasks")
                if case["binary"] is not None:
                    binary.write_bytes(content(case["binary"]))
                self.assertIn(case["says"] or "fits", said(binary, case["arch"]))

    def test_an_executable_that_is_too_large_for_lambda_is_refused(self) -> None:
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(pack, "MOST", 10):
            binary = Path(folder, "tasks")
            binary.write_bytes(bytes(11))
            self.assertIn("has 11 bytes, and Lambda accepts 10", said(binary, "x86_64"))

    @unittest.skipUnless(sys.platform == "linux", "only Linux has executables of this format")
    def test_a_real_executable_is_read(self) -> None:
        made = elf.read(Path(sys.executable).resolve().read_bytes())
        self.assertEqual(made.machine, {"x86_64": 62, "aarch64": 183}[platform.machine()])
        self.assertTrue(made.loader and Path(made.loader).exists(), "the loader that started this test")
        self.assertIn("libc.so.6", made.libraries)
        self.assertTrue(any(version.startswith("GLIBC_2.") for version in made.versions))


class Zips(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def built(self, name: str, content: bytes) -> Path:
        binary = self.folder / name / "tasks"
        binary.parent.mkdir()
        binary.write_bytes(content)
        return binary

    def packed(self, binary: Path, out: str) -> Path:
        with contextlib.redirect_stdout(io.StringIO()) as self.told:
            return pack.pack(binary, "x86_64", GLIBC, self.folder / out)

    def test_the_same_executable_gives_the_same_bytes_wherever_and_whenever_it_was_built(self) -> None:
        one, other = self.built("one", FITS), self.built("other", FITS)
        os.utime(other, (0, 0))
        other.chmod(0o600)
        self.assertEqual(self.packed(one, "a").read_bytes(), self.packed(other, "b").read_bytes())

    def test_a_zip_has_the_executable_as_bootstrap_with_the_right_to_run_it(self) -> None:
        zipped = self.packed(self.built("one", FITS), "a")
        self.assertEqual(zipped.name, "tasks.zip")
        with zipfile.ZipFile(zipped) as made:
            [entry] = made.infolist()
            self.assertEqual(
                (entry.filename, entry.external_attr >> 16, entry.create_system), ("bootstrap", 0o100755, 3)
            )
            self.assertEqual(made.read(entry), FITS)

    def test_other_zips_are_removed_and_the_size_is_printed(self) -> None:
        (self.folder / "a").mkdir()
        (self.folder / "a/notify.zip").write_bytes(b"of an older version")
        zipped = self.packed(self.built("one", FITS), "a")
        self.assertEqual([file.name for file in zipped.parent.iterdir()], ["tasks.zip"])
        self.assertIn("MB unpacked, for x86_64; it needs glibc 2.34", self.told.getvalue())

    def test_an_executable_that_does_not_fit_leaves_everything_as_it_was(self) -> None:
        binary = self.built("one", FITS)
        zipped = self.packed(binary, "a")
        before = zipped.read_bytes()
        binary.write_bytes(b"#!/bin/sh\n")
        with self.assertRaises(pack.Unfit):
            self.packed(binary, "a")
        self.assertEqual(zipped.read_bytes(), before)


def said(binary: Path, arch: str) -> str:
    try:
        pack.look(binary, arch, GLIBC)
    except pack.Unfit as why:
        return str(why)
    return "fits"


def content(case: Any) -> bytes:
    """The bytes of a case: a text with a character for each byte, or an executable with these properties."""
    if isinstance(case, str):
        return case.encode("latin-1")
    if set(case) != {"machine", "loader", "versions", "weak"}:
        raise ValueError(f"a case has a machine, a loader, versions and the weak ones among them: {case}")
    return binary(case["machine"], case["loader"], case["versions"], case["weak"])


def binary(machine: int, loader: str | None, versions: dict[str, list[str]], weak: list[str]) -> bytes:
    """An executable with these properties. Its addresses are 4096 above the offsets in the file."""
    base, headers = 4096, 64 + 3 * 56
    texts, places = b"\0", {}
    for text in [loader or "", *versions, *(version for wanted in versions.values() for version in wanted)]:
        places[text] = len(texts)
        texts += text.encode() + b"\0"
    needs = b""
    for n, (library, wanted) in enumerate(versions.items(), 1):
        following = 16 + 16 * len(wanted) if n < len(versions) else 0
        needs += struct.pack("<HHIII", 1, len(wanted), places[library], 16, following)
        for m, version in enumerate(wanted, 1):
            flags = 2 if version in weak else 0
            needs += struct.pack("<IHHII", 0, flags, 2, places[version], 16 if m < len(wanted) else 0)
    entries = [(1, places[library]) for library in versions]
    if versions:
        entries += [(5, base + headers), (0x6FFFFFFE, base + headers + len(texts)), (0x6FFFFFFF, len(versions))]
    dynamic = b"".join(struct.pack("<QQ", *entry) for entry in [*entries, (0, 0)])
    at = headers + len(texts) + len(needs)
    segments = [(1, 0, base, at + len(dynamic)), (2, at, base + at, len(dynamic))]
    if loader:
        segments.append((3, headers + places[loader], base + headers + places[loader], len(loader) + 1))
    header = struct.pack(
        "<6s10xHHIQQQIHHHHHH", b"\x7fELF\x02\x01", 3, machine, 1, 0, 64, 0, 0, 64, 56, len(segments), 0, 0, 0
    )
    table = b"".join(
        struct.pack("<IIQQQQQQ", kind, 4, offset, address, 0, size, size, 8) for kind, offset, address, size in segments
    )
    return (header + table).ljust(headers, b"\0") + texts + needs + dynamic


FITS = binary(62, "/lib64/ld-linux-x86-64.so.2", {"libc.so.6": ["GLIBC_2.34"]}, [])

if __name__ == "__main__":
    unittest.main()
