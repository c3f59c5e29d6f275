"""Reads the requirements of an executable: its processor, its loader, its libraries and their versions.

Source: System V Application Binary Interface, "Object Files" and "Program Loading and Dynamic Linking"; for versions of
symbols the Linux Standard Base, "Symbol Versioning".
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

# Numbers of the format: the class and byte order of both of Lambda's processors, and the parts that are read.
_IDENTITY = b"\x7fELF\x02\x01"
_LOAD, _DYNAMIC, _INTERPRETER = 1, 2, 3
_NEEDED, _STRINGS, _VERSIONS, _VERSIONS_COUNT = 1, 5, 0x6FFFFFFE, 0x6FFFFFFF
# The loader starts a program whose weak versions are missing.
_WEAK = 2


class NotElf(ValueError):
    """It is not an executable for a 64-bit little-endian Linux, or a broken one."""


@dataclass(frozen=True)
class Elf:
    """The requirements of an executable."""

    # Source: the format's list of machines; 62 is x86_64, 183 is arm64.
    machine: int
    # None for a program that is linked statically.
    loader: str | None
    libraries: tuple[str, ...]
    # As in the file: `GLIBC_2.34`.
    versions: tuple[str, ...]


@dataclass(frozen=True)
class _Segment:
    kind: int
    offset: int
    address: int
    size: int


def read(content: bytes) -> Elf:
    """Reads the whole content of a file; raises `NotElf`."""
    if content[:6] != _IDENTITY:
        raise NotElf("it does not begin as a 64-bit little-endian ELF file does")
    try:
        return _read(content)
    except (struct.error, ValueError, UnicodeDecodeError) as why:
        raise NotElf(f"it is broken: {why}") from why


def _read(content: bytes) -> Elf:
    machine, segments = _header(content)
    interpreter = next((s for s in segments if s.kind == _INTERPRETER), None)
    dynamic = _dynamic(content, segments)
    strings = _place(segments, dynamic[_STRINGS][0]) if _STRINGS in dynamic else 0
    return Elf(
        machine=machine,
        loader=_text(content, interpreter.offset) if interpreter else None,
        libraries=tuple(_text(content, strings + name) for name in dynamic.get(_NEEDED, [])),
        versions=tuple(_versions(content, segments, dynamic, strings)),
    )


def _header(content: bytes) -> tuple[int, list[_Segment]]:
    machine, table, size, count = struct.unpack_from("<18xH12xQ14xHH", content)
    segments = []
    for n in range(count):
        kind, offset, address, length = struct.unpack_from("<I4xQQ8xQ", content, table + n * size)
        segments.append(_Segment(kind, offset, address, length))
    return machine, segments


def _dynamic(content: bytes, segments: list[_Segment]) -> dict[int, list[int]]:
    """The entries of the dynamic section, by their type."""
    entries: dict[int, list[int]] = {}
    for segment in segments:
        if segment.kind == _DYNAMIC:
            for at in range(segment.offset, segment.offset + segment.size, 16):
                tag, value = struct.unpack_from("<QQ", content, at)
                if tag == 0:
                    break
                entries.setdefault(tag, []).append(value)
    return entries


def _versions(content: bytes, segments: list[_Segment], dynamic: dict[int, list[int]], strings: int) -> Iterator[str]:
    """The versions that the loader insists on. The table has a list of libraries, each with a list of versions."""
    if _VERSIONS not in dynamic:
        return
    at = _place(segments, dynamic[_VERSIONS][0])
    for _ in range(dynamic[_VERSIONS_COUNT][0]):
        count, first, following = struct.unpack_from("<2xH4xII", content, at)
        of = at + first
        for _ in range(count):
            flags, name, after = struct.unpack_from("<4xH2xII", content, of)
            if not flags & _WEAK:
                yield _text(content, strings + name)
            of += after
        at += following


def _place(segments: list[_Segment], address: int) -> int:
    """The offset in the file of the byte that is loaded at an address."""
    for segment in segments:
        if segment.kind == _LOAD and segment.address <= address < segment.address + segment.size:
            return segment.offset + address - segment.address
    raise ValueError(f"nothing is loaded at {address:#x}")


def _text(content: bytes, at: int) -> str:
    return content[at : content.index(b"\0", at)].decode()
