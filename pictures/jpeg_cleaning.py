"""A stranger's JPEG without what no picture needs: comments, junk, more pictures behind it."""

from itertools import islice

from pictures.chunks import JPEG_MARKER, Part, jpeg_segments
from pictures.errors import TooManyParts

SEGMENTS = 4096
"""Segments before the first scan; a profile of 4 MiB takes 64, and makers' own data some dozens."""

SCANS = 32
"""Passes over the picture; progressive encoders make about 10, and each pass costs time."""

_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_DESCRIBES_PIXELS = frozenset({*range(0xC0, 0xD0), *range(0xDA, 0xE0), _APP0, _APP14})
_ONCE = (b"Exif\0", b"http://ns.adobe.com/xap/1.0/\0")
"""Where Pillow looks for the orientation, always at the start; it would join what goes on."""

_PROFILE = b"ICC_PROFILE\0"
_SCAN = b"\xff\xda"
_END = b"\xff\xd9"


def clean_jpeg(data: bytes) -> bytes:
    """The JPEG with only the segments that make its pixels, colours and orientation.

    What lies between segments and behind the picture goes too. Pillow's own parser steps through
    all of it byte by byte.

    Raises TooManyParts for more than SEGMENTS segments or more than SCANS scans.
    """
    kept: list[bytes | memoryview] = [b"\xff\xd8"]
    end = 2
    once = set(_ONCE)
    for count, part in enumerate(islice(jpeg_segments(data), SEGMENTS + 1)):
        if count == SEGMENTS:
            raise TooManyParts("segment", SEGMENTS)
        if _is_needed(part, once):
            kept.append(part.whole)
        end = part.end
    kept.append(_scans(data, end))
    return b"".join(kept)


def _is_needed(part: Part, once: set[bytes]) -> bool:
    """Whether a segment is kept; takes what is kept only once out of `once`."""
    marker, start = part.name[0], bytes(part.content[:40])
    if marker == _APP1:
        found = next((prefix for prefix in once if start.startswith(prefix)), None)
        once.discard(found or b"")
        return found is not None
    return marker in _DESCRIBES_PIXELS or (marker == _APP2 and start.startswith(_PROFILE))


def _scans(data: bytes, after: int) -> bytes:
    """The picture's scans and its end marker."""
    found = JPEG_MARKER.search(data, after)
    if found is None:
        return b""
    # Inside a scan a byte of 0xFF is always followed by a zero or a restart marker.
    end = data.find(_END, found.start())
    scans = data[found.start() : end + len(_END) if end >= 0 else None]
    if scans.count(_SCAN) > SCANS:
        raise TooManyParts("scan", SCANS)
    return scans
