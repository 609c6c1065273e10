"""A stranger's GIF without what comes before its first frame: comments, junk, extensions."""

import re

from pictures.errors import TooManyParts

PARTS = 1 << 16
"""Blocks, of up to 255 bytes each, before the first frame."""

_BLOCK = re.compile(rb"[\x21\x2c\x3b]")
_EXTENSION = 0x21
_FRAME = 0x2C
_GRAPHIC_CONTROL = 0xF9
_SCREEN = 13


def clean_gif(data: bytes) -> bytes:
    """The GIF with its header, then its first frame with its graphic control, and what follows.

    Pillow's own parser steps through the rest in Python, and joins comments piece by piece.

    Raises TooManyParts for more than PARTS blocks of data before the first frame.
    """
    at = _SCREEN + _palette_size(data)
    header = data[:at]
    control = b""
    left = PARTS
    while (found := _BLOCK.search(data, at)) and data[found.start()] == _EXTENSION:
        start = found.start()
        at, left = _skipped(data, start + 2, left)
        if data[start + 1 : start + 2] == bytes([_GRAPHIC_CONTROL]):
            control = data[start : start + 7] + b"\0"
    if found is None or data[found.start()] != _FRAME:
        return header
    return header + control + data[found.start() :]


def _palette_size(data: bytes) -> int:
    """Bytes of the global palette (GIF89a, 18)."""
    flags = data[10] if len(data) > 10 else 0
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _skipped(data: bytes, at: int, left: int) -> tuple[int, int]:
    """Where the blocks of data from `at` on end, and how many of `left` more may come."""
    while at < len(data) and data[at]:
        at += data[at] + 1
        left -= 1
        if left <= 0:
            break
    # The block that ends an extension counts too: empty ones may come by the million.
    if left <= 0:
        raise TooManyParts("block", PARTS)
    return at + 1, left - 1
