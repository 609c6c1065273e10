"""Walking the chunks of PNG and WebP and the segments of JPEG, without decoding anything.

The walkers trust no length: a part that says it goes on beyond the file ends the walk.
"""

import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"

JPEG_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd9-\xfe]")
"""A marker that a segment starts with, and the end; fill bytes and what has no length are not."""

_START_OF_SCAN = 0xDA
_END_OF_IMAGE = 0xD9


class Part(NamedTuple):
    """A chunk or segment: its name, its content, and whether its checksum holds (PNG has one).

    `whole` are its bytes as they stand in the file; shorter than they should be where the file is
    cut off, and then `sound` is False. `end` is where the next part starts, maybe beyond the file.
    """

    name: bytes
    content: memoryview
    sound: bool
    whole: memoryview
    end: int


def png_chunks(data: bytes) -> Iterator[Part]:
    """The chunks of a PNG in file order, as far as they go (PNG specification, 5.3)."""
    view = memoryview(data)
    at = len(PNG_MAGIC)
    while at + 8 <= len(data):
        length = int.from_bytes(view[at : at + 4], "big")
        name = bytes(view[at + 4 : at + 8])
        content = view[at + 8 : at + 8 + length]
        end = at + 12 + length
        checksum = int.from_bytes(view[end - 4 : end], "big")
        sound = end <= len(data) and zlib.crc32(content, zlib.crc32(name)) == checksum
        yield Part(name, content, sound, view[at:end], end)
        at = end


def jpeg_segments(data: bytes) -> Iterator[Part]:
    """The segments of a JPEG before its first scan; `name` is the marker byte (ITU T.81, B.1)."""
    view = memoryview(data)
    end = 2
    # Searched for, not walked to: millions of fill bytes cost no time.
    while found := JPEG_MARKER.search(data, end):
        at = found.start()
        marker = view[at + 1]
        if marker in (_START_OF_SCAN, _END_OF_IMAGE):
            return
        end = at + 2 + max(2, int.from_bytes(view[at + 2 : at + 4], "big"))
        yield Part(bytes([marker]), view[at + 4 : end], end <= len(data), view[at:end], end)


def webp_chunks(data: bytes) -> Iterator[Part]:
    """The chunks of a WebP in file order, as far as they go (RFC 9649, 2.3)."""
    view = memoryview(data)
    at = 12
    while at + 8 <= len(data):
        name = bytes(view[at : at + 4])
        length = int.from_bytes(view[at + 4 : at + 8], "little")
        end = at + 8 + length
        following = end + length % 2
        yield Part(name, view[at + 8 : end], end <= len(data), view[at:end], following)
        at = following


def inflated_size(packed: memoryview | bytes, limit: int) -> int:
    """Size in bytes of zlib data once unpacked; more than `limit` is not unpacked any further.

    Damaged data count as far as they can be unpacked.
    """
    unpacker = zlib.decompressobj()
    size = 0
    piece: bytes | memoryview = packed
    while size <= limit and not unpacker.eof:
        try:
            out = unpacker.decompress(piece, 65536)
        except zlib.error:
            break
        size += len(out)
        piece = unpacker.unconsumed_tail
        if not out and not piece:
            break
    return size
