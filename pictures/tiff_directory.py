"""What a TIFF's first directory asks for, before Pillow reads all of it."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from pictures.errors import DecompressionBomb, TooManyParts

ENTRIES = 4096
"""Entries of a directory; cameras write some dozens."""

PIECES = 1 << 14
"""Strips or tiles; at most so many rows has an unpacked picture of a size that is taken."""

_STRIPS, _TILES = 273, 324
_UNIT = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
"""Bytes a value, by its type (TIFF 6.0, section 2, and BigTIFF)."""

_OVERLAP = 4
_SMALL = 1 << 20


class _Entry(NamedTuple):
    tag: int
    values: int
    size: int


def check_directory(data: bytes) -> None:
    """Refuse a directory that would cost more than any picture does.

    A damaged one passes: Pillow says so.

    Raises TooManyParts for more than ENTRIES entries or PIECES strips or tiles, DecompressionBomb
    where the values, each a copy of some part of the file, come to far more than the file.
    """
    total = 0
    for number, entry in enumerate(_entries(data)):
        if number == ENTRIES:
            raise TooManyParts("entry", ENTRIES)
        if entry.tag in (_STRIPS, _TILES) and entry.values > PIECES:
            raise TooManyParts("strip" if entry.tag == _STRIPS else "tile", PIECES)
        total += min(entry.size, len(data))
    if total > _OVERLAP * len(data) + _SMALL:
        raise DecompressionBomb(len(data), total, "tags")


def _entries(data: bytes) -> Iterator[_Entry]:
    order = "<" if data[:2] == b"II" else ">"
    big = 43 in data[2:4]
    number, entry = (f"{order}Q", f"{order}HHQ8s") if big else (f"{order}H", f"{order}HHL4s")
    start, header = (8, f"{order}Q") if big else (4, f"{order}L")
    try:
        (at,) = struct.unpack_from(header, data, start)
        (count,) = struct.unpack_from(number, data, at)
        at += struct.calcsize(number)
        for _ in range(count):
            tag, kind, values, _ = struct.unpack_from(entry, data, at)
            yield _Entry(tag, values, values * _UNIT.get(kind, 0))
            at += struct.calcsize(entry)
    except struct.error:
        return
