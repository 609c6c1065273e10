"""Walking chunks and unpacking with a limit."""

import zlib

import pytest

from pictures.chunks import inflated_size, jpeg_segments, png_chunks, webp_chunks

from .making import file, png_chunk, scene


def test_png_chunks() -> None:
    """The chunks of a PNG come in order, the damaged one marked, the cut off one too."""
    data = b"\x89PNG\r\n\x1a\n" + png_chunk(b"aaAa", b"one") + png_chunk(b"bbBb", b"two")
    damaged = bytearray(data + png_chunk(b"ccCc", b"three")[:-2])
    damaged[18] ^= 1
    assert [(part.name, part.sound) for part in png_chunks(bytes(damaged))] == [
        (b"aaAa", False),
        (b"bbBb", True),
        (b"ccCc", False),
    ]


def test_jpeg_segments() -> None:
    """The segments of a JPEG end before its first scan."""
    names = [part.name for part in jpeg_segments(file(scene(), "JPEG", comment=b"hello"))]
    assert (names[0], b"\xfe" in names, b"\xda" in names) == (b"\xe0", True, False)


def test_webp_chunks() -> None:
    """The chunks of a WebP come in order."""
    data = file(scene(), "WEBP", xmp=b"odd", exif=b"Exif\0\0II*\0")
    assert [part.name for part in webp_chunks(data)] == [b"VP8X", b"VP8 ", b"EXIF", b"XMP "]


@pytest.mark.parametrize(
    ("packed", "size"),
    [
        (zlib.compress(bytes(100_000)), 100_000),
        (zlib.compress(b""), 0),
        (b"", 0),
        (b"rubbish", 0),
    ],
)
def test_inflated_size(packed: bytes, size: int) -> None:
    """The size that data unpack to, rubbish counting as nothing."""
    assert size == inflated_size(packed, 1 << 20)


def test_inflating_stops_at_the_limit() -> None:
    """A bomb is unpacked only until the limit is passed."""
    assert 100_000 < inflated_size(zlib.compress(bytes(50 << 20)), 100_000) <= 100_000 + (64 << 10)
